/** LangChain JS, with chat completions and with responses. */
import { ChatOpenAI } from "@langchain/openai";
import { tool } from "@langchain/core/tools";
import assert from "node:assert/strict";
import { z } from "zod";
import {
  ADA,
  CALLED,
  GREETING,
  JSON_PROMPT,
  KEY,
  MODEL,
  refused,
  REPORT,
  serve,
} from "./harness.mjs";

const weather = tool(({ city }) => `sunny in ${city}`, {
  name: "weather",
  description: "The weather of a city.",
  schema: z.object({ city: z.string() }),
});

const Person = z.object({ name: z.string(), age: z.number() });

const model = (base, useResponsesApi) =>
  new ChatOpenAI({
    model: MODEL,
    apiKey: KEY,
    maxRetries: 0,
    useResponsesApi,
    configuration: { baseURL: base },
  });

function callsOf(api) {
  const made = (base) => model(base, api === "responses");
  return {
    [`T32 ${api}: invoke`]: async (base) => {
      const { text, usage_metadata } = await made(base).invoke("x");
      assert.equal(text, GREETING);
      assert(usage_metadata.total_tokens > 0, "no usage");
    },
    [`T32 ${api}: stream`]: async (base) => {
      let text = "";
      for await (const chunk of await made(base).stream("x")) {
        text += chunk.text;
      }
      assert.equal(text, GREETING);
    },
    [`T32 ${api}: tools`]: async (base) => {
      const bound = made(base).bindTools([weather]);
      const asked = { role: "user", content: `call: weather ${CALLED[0]}` };
      const answer = await bound.invoke([asked]);
      assert.deepEqual(answer.tool_calls.map(({ args }) => args), [
        { city: "Zurich" },
      ]);
      const told = await weather.invoke(answer.tool_calls[0]);
      const { text } = await bound.invoke([asked, answer, told]);
      assert.equal(text, REPORT);
    },
    [`T32 ${api}: structured output`]: async (base) => {
      const structured = made(base)
        .withStructuredOutput(Person, { name: "person", method: "jsonSchema" });
      assert.deepEqual(await structured.invoke(JSON_PROMPT), ADA);
    },
  };
}

await serve({
  ...callsOf("chat"),
  ...callsOf("responses"),
  "T37 spent pool": (base) =>
    refused(() => model(base, false).invoke("x"), {
      name: "InsufficientQuotaError",
      status: 429,
    }).then(() => {}),
});
