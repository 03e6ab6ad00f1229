/** openai-node: `client.responses`. */
import assert from "node:assert/strict";
import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import {
  ADA,
  CALLED,
  CALLS_PROMPT,
  GREETING,
  JSON_PROMPT,
  MODEL,
  WEATHER,
} from "./harness.mjs";
import { sdk } from "./openai_sdk.mjs";

const Person = z.object({ name: z.string(), age: z.number() });

const TOOL = {
  type: "function",
  name: "weather",
  parameters: WEATHER,
  strict: true,
};

/** Parameters that are dropped, and a value for each. */
const DROPPED = {
  max_output_tokens: 100,
  max_completion_tokens: 100,
  max_tokens: 100,
  max_tool_calls: 3,
  temperature: 0.5,
  top_p: 0.5,
  top_logprobs: 2,
  truncation: "auto",
  user: "u",
  metadata: { a: "b" },
  safety_identifier: "s",
  prompt_cache_retention: "24h",
  prompt_cache_options: { mode: "explicit" },
  stream_options: { include_obfuscation: false },
  context_management: [{ type: "compaction" }],
  moderation: { model: "omni-moderation-latest" },
  presence_penalty: 0.5,
  frequency_penalty: 0.5,
  seed: 7,
  logit_bias: { 50256: -100 },
  stop: ["x"],
  service_tier: "flex",
};

async function create(base) {
  const answer = await sdk(base).responses.create({ model: MODEL, input: "x" });
  assert.equal(answer.output_text, GREETING);
  assert.equal(answer.status, "completed");
  return answer.usage.total_tokens;
}

export const RESPONSES = {
  "T1 create": create,
  "T2 create": create,
  "T3 stream": async (base) => {
    const client = sdk(base);
    for (let turn = 0; turn < 3; turn++) {
      const stream = client.responses.stream({ model: MODEL, input: "x" });
      const { output_text } = await stream.finalResponse();
      assert.equal(output_text, GREETING);
    }
  },
  "T4 parse": async (base) => {
    const { output_parsed } = await sdk(base).responses.parse({
      model: MODEL,
      input: JSON_PROMPT,
      text: { format: zodTextFormat(Person, "person") },
    });
    assert.deepEqual(output_parsed, ADA);
  },
  "T5 stream with tools": async (base) => {
    const stream = sdk(base).responses.stream({
      model: MODEL,
      input: CALLS_PROMPT,
      tools: [TOOL],
    });
    const { output } = await stream.finalResponse();
    assert.deepEqual(
      output.map((item) => [item.type, item.arguments]),
      CALLED.map((text) => ["function_call", text]),
    );
  },
  "T6 easy input": async (base) => {
    const { output_text } = await sdk(base).responses.create({
      model: MODEL,
      input: [
        { role: "system", content: "Be short." },
        { role: "user", content: "say: easy" },
      ],
    });
    assert.equal(output_text, "easy");
  },
  "T7 dropped parameters": async (base) => {
    for (const [name, value] of Object.entries(DROPPED)) {
      const { data, response } = await sdk(base).responses
        .create({ model: MODEL, input: "x", [name]: value }).withResponse();
      assert.equal(data.output_text, GREETING, name);
      assert.equal(response.headers.get("x-codaze-ignored"), name);
    }
    return Object.keys(DROPPED);
  },
  "T40 one session": async (base) => {
    const client = sdk(base);
    const first = { role: "user", content: "say: one" };
    await client.responses.create({ model: MODEL, input: [first] });
    await client.responses.create({
      model: MODEL,
      input: [
        first,
        { role: "assistant", content: "one" },
        { role: "user", content: "say: two" },
      ],
    });
  },
  "T45 the other form": async (base) => {
    for (let turn = 0; turn < 2; turn++) await create(base);
  },
};
