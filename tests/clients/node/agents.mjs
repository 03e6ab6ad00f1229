/** openai-agents for JavaScript, with chat completions and with responses. */
import {
  Agent,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  run,
  setTracingDisabled,
  tool,
} from "@openai/agents";
import assert from "node:assert/strict";
import OpenAI from "openai";
import { z } from "zod";
import {
  ADA,
  CALLED,
  GREETING,
  JSON_PROMPT,
  KEY,
  MODEL,
  REPORT,
  serve,
} from "./harness.mjs";

setTracingDisabled(true);

const weather = tool({
  name: "weather",
  description: "The weather of a city.",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `sunny in ${city}`,
});

const Person = z.object({ name: z.string(), age: z.number() });

function callsOf(api, Model) {
  const agent = (base, options = {}) => {
    const client = new OpenAI({ baseURL: base, apiKey: KEY, maxRetries: 0 });
    const model = new Model(client, MODEL);
    return new Agent({ name: "a", instructions: "Help.", model, ...options });
  };
  const withTool = (base) => agent(base, { tools: [weather] });
  const prompt = `call: weather ${CALLED[0]}`;
  return {
    [`T33 ${api}: run`]: async (base) => {
      const { finalOutput } = await run(agent(base), "x");
      assert.equal(finalOutput, GREETING);
    },
    [`T33 ${api}: stream`]: async (base) => {
      const result = await run(agent(base), "x", { stream: true });
      await result.completed;
      assert.equal(result.finalOutput, GREETING);
    },
    [`T33 ${api}: tools`]: async (base) => {
      const { finalOutput } = await run(withTool(base), prompt);
      assert.equal(finalOutput, REPORT);
    },
    [`T33 ${api}: tools, streamed`]: async (base) => {
      const result = await run(withTool(base), prompt, { stream: true });
      await result.completed;
      assert.equal(result.finalOutput, REPORT);
    },
    [`T33 ${api}: outputType`]: async (base) => {
      const typed = agent(base, { outputType: Person });
      const { finalOutput } = await run(typed, JSON_PROMPT);
      assert.deepEqual(finalOutput, ADA);
    },
  };
}

await serve({
  ...callsOf("chat", OpenAIChatCompletionsModel),
  ...callsOf("responses", OpenAIResponsesModel),
});
