/** openai-node: `client.chat.completions` with tools. */
import assert from "node:assert/strict";
import { CALLED, CALLS_PROMPT, MODEL, REPORT, WEATHER } from "./harness.mjs";
import { sdk } from "./openai_sdk.mjs";

const LONG_NAME = `look_up_${"x".repeat(75)}`;

const tool = (name) => ({
  type: "function",
  function: { name, parameters: WEATHER },
});

const asking = (content, name = "weather") => ({
  model: MODEL,
  messages: [{ role: "user", content }],
  tools: [tool(name)],
});

function assertTwoCalls({ message, finish_reason }) {
  assert.equal(finish_reason, "tool_calls");
  assert.deepEqual(
    message.tool_calls.map((call) => [
      call.type,
      call.function.name,
      call.function.arguments,
    ]),
    CALLED.map((text) => ["function", "weather", text]),
  );
  assert.equal(new Set(message.tool_calls.map(({ id }) => id)).size, 2);
}

async function streamed(base) {
  const stream = sdk(base).chat.completions.stream(asking(CALLS_PROMPT));
  assertTwoCalls((await stream.finalChatCompletion()).choices[0]);
}

export const CHAT_TOOLS = {
  "T16 two calls": async (base) => {
    const { choices } = await sdk(base).chat.completions
      .create(asking(CALLS_PROMPT));
    assertTwoCalls(choices[0]);
    assert.equal(choices[0].message.content, null);
  },
  "T17 stream": streamed,
  "T18 stream without deltas": streamed,
  "T19 stream with interleaved deltas": streamed,
  "T20 runTools": async (base) => {
    const runner = sdk(base).chat.completions.runTools({
      model: MODEL,
      messages: [{ role: "user", content: 'call: weather {"city":"Zurich"}' }],
      tools: [{
        type: "function",
        function: {
          name: "weather",
          parameters: WEATHER,
          parse: JSON.parse,
          function: ({ city }) => `sunny in ${city}`,
        },
      }],
    });
    assert.equal(await runner.finalContent(), REPORT);
  },
  "T29 a long name": async (base) => {
    const { choices } = await sdk(base).chat.completions
      .create(asking("call: look_up_* {}", LONG_NAME));
    const [call] = choices[0].message.tool_calls;
    assert.equal(LONG_NAME.length, 83);
    assert.equal(call.function.name, LONG_NAME);
  },
};
