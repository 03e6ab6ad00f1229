/**
 * A program as a person would write it with the `openai` package, run by Node.
 *
 * Given the base URL and an operation, prints what came of it as one line of
 * JSON: `{"ok": …}` or `{"error": {name, status, message, …}}`. The package is
 * found in the folder that the third argument names.
 */
import { createRequire } from "node:module";
import process from "node:process";

const [base, operation, modules] = process.argv.slice(2);
const { default: OpenAI } = createRequire(`${modules}/`)("openai");
const client = new OpenAI({
  baseURL: base,
  apiKey: "sk-of-the-caller",
  maxRetries: 0,
});
const model = "gpt-6.2-sol";

const OPERATIONS = {
  stream: async () => {
    const types = [];
    let text = "";
    const stream = await client.responses.create({
      model,
      input: "say: hello from the SDK",
      temperature: 0.5,
      max_output_tokens: 100,
      stream: true,
    });
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === "response.output_text.delta") text += event.delta;
    }
    return { types, text };
  },
  create: async () => {
    const input = "say: hello";
    const response = await client.responses.create({ model, input });
    return { text: response.output_text, status: response.status };
  },
  models: async () => (await client.models.list()).data,
};

try {
  report({ ok: await OPERATIONS[operation]() });
} catch (error) {
  const { name } = error.constructor;
  const { status, message, code, type, param } = error;
  report({ error: { name, status, message, code, type, param } });
}

function report(outcome) {
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
