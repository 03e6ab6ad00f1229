/** The Vercel AI SDK, with its providers for OpenAI and for others like it. */
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
  generateText,
  jsonSchema,
  Output,
  stepCountIs,
  streamText,
  tool,
} from "ai";
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

const openai = (base) => createOpenAI({ baseURL: base, apiKey: KEY });
const compatible = (base) =>
  createOpenAICompatible({
    name: "codaze",
    baseURL: base,
    apiKey: KEY,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });

const PROVIDERS = {
  responses: (base, model = MODEL) => openai(base).responses(model),
  chat: (base, model = MODEL) => openai(base).chat(model),
  compatible: (base, model = MODEL) => compatible(base).chatModel(model),
};

const TOOLS = {
  weather: tool({
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => `sunny in ${city}`,
  }),
};

const THOUGHT = "think: I must be kind.\nsay: kind";

/** Asks without retries. */
const asking = (model, prompt, options = {}) => ({
  model,
  prompt,
  maxRetries: 0,
  ...options,
});

const looping = {
  tools: TOOLS,
  stopWhen: stepCountIs(4),
};

/** Parts of a stream. The SDK would print its errors. */
async function partsOf(given) {
  const { fullStream } = streamText({ ...given, onError: () => {} });
  const parts = [];
  for await (const part of fullStream) parts.push(part);
  return parts;
}

function callsOf(model) {
  return {
    "generateText": async (base) => {
      const { text, usage } = await generateText(asking(model(base), "x"));
      assert.equal(text, GREETING);
      assert(usage.totalTokens > 0, "no usage");
    },
    "streamText": async (base) => {
      const parts = await partsOf(asking(model(base), "x"));
      const text = parts.filter(({ type }) => type === "text-delta")
        .map((part) => part.text).join("");
      assert.equal(text, GREETING);
      assert.equal(parts.at(-1).finishReason, "stop");
      assert(parts.at(-1).totalUsage.totalTokens > 0, "no usage");
    },
    "tools": async (base) => {
      const prompt = `call: weather ${CALLED[0]}`;
      const { text, steps } = await generateText(
        asking(model(base), prompt, looping),
      );
      assert.equal(text, REPORT);
      assert.equal(steps.length, 2);
    },
    "tools, streamed": async (base) => {
      const prompt = `call: weather ${CALLED[0]}`;
      const result = streamText(asking(model(base), prompt, looping));
      await result.consumeStream();
      assert.equal(await result.text, REPORT);
    },
    "Output.object": async (base) => {
      const schema = z.object({ name: z.string(), age: z.number() });
      const { output } = await generateText(
        asking(model(base), JSON_PROMPT, { output: Output.object({ schema }) }),
      );
      assert.deepEqual(output, ADA);
    },
  };
}

/** `openai/chat` has no place for it. */
function reasoningOf(model) {
  const providerOptions = { openai: { reasoningSummary: "auto" } };
  return {
    "reasoning": async (base) => {
      const { text, reasoningText } = await generateText(
        asking(model(base), THOUGHT, { providerOptions }),
      );
      assert.deepEqual([text, reasoningText], ["kind", "I must be kind."]);
    },
    "reasoning, streamed": async (base) => {
      const result = streamText(
        asking(model(base), THOUGHT, { providerOptions }),
      );
      await result.consumeStream();
      assert.equal(await result.reasoningText, "I must be kind.");
    },
  };
}

const named = (test, provider, calls) =>
  Object.fromEntries(
    Object.entries(calls).map((
      [name, call],
    ) => [`${test} ${provider}: ${name}`, call]),
  );

async function errorPart(base, provider) {
  const parts = await partsOf(asking(PROVIDERS[provider](base), "x"));
  const errors = parts.filter(({ type }) => type === "error");
  assert.equal(errors.length, 1);
  const last = parts.at(-1);
  assert(last.finishReason !== "stop", "the turn has finished well");
}

await serve({
  ...Object.fromEntries(
    ["chat", "compatible"].map((provider) => [
      `T25 ${provider}: failed after content`,
      (base) => errorPart(base, provider),
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(PROVIDERS).map((provider) => [
      `T26 ${provider}: cut`,
      (base) => errorPart(base, provider),
    ]),
  ),
  ...Object.assign(
    {},
    ...Object.entries(PROVIDERS).map(([provider, model]) =>
      named("T30", provider, callsOf(model))
    ),
  ),
  ...named("T30", "responses", reasoningOf(PROVIDERS.responses)),
  ...named("T30", "compatible", reasoningOf(PROVIDERS.compatible)),
  "T31 default store, reasoning and a tool": async (base) => {
    // The simulated model thinks before it calls this tool. A model that gets
    // its tools as input items would call another one.
    const exec_command = tool({
      inputSchema: jsonSchema({
        type: "object",
        properties: { cmd: { type: "string" } },
      }),
      execute: () => "sunny in Zurich",
    });
    const { text, steps } = await generateText(
      asking(PROVIDERS.responses(base, "gpt-5.5"), "run: weather", {
        tools: { exec_command },
        stopWhen: stepCountIs(4),
        providerOptions: { openai: { reasoningSummary: "auto" } },
      }),
    );
    assert.equal(text, REPORT);
    assert.equal(steps.length, 2);
  },
  "T37 spent pool": async (base) => {
    const started = performance.now();
    const model = PROVIDERS.chat(base);
    await refused(
      () => generateText({ model, prompt: "x", maxRetries: 0 }),
      { class: "APICallError", statusCode: 429 },
    );
    const seconds = (performance.now() - started) / 1000;
    assert(seconds < 1, `it took ${seconds} s`);
  },
});
