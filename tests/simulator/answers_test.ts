/** Whole answers, prompt by prompt: which events, with which keys. */

import { assert, assertEquals } from "@std/assert";
import { connected } from "./socket_client.ts";
import {
  type Json,
  startWithAccount,
  turn,
  turnBody,
  userMessage,
} from "./support.ts";

const WEATHER = { type: "function", name: "get_weather", parameters: {} };
const PATCH = { type: "custom", name: "patch" };
const TOOLS = { tools: [WEATHER, PATCH] };

const MESSAGE = [
  "output_item.added",
  "content_part.added",
  "output_text.delta",
  "output_text.done",
  "content_part.done",
  "output_item.done",
];
const REFUSAL = MESSAGE.map((type) => type.replace("output_text", "refusal"));
const REASONING = [
  "output_item.added",
  "reasoning_summary_part.added",
  "reasoning_summary_text.delta",
  "reasoning_summary_text.done",
  "reasoning_summary_part.done",
  "output_item.done",
];
const CALL = [
  "output_item.added",
  "function_call_arguments.delta",
  "function_call_arguments.done",
  "output_item.done",
];
const CUSTOM = CALL.map((type) =>
  type.replace("function_call_arguments", "custom_tool_call_input")
);

/** Types without `response.`; deltas that follow each other count as one. */
const ORDERS: ReadonlyArray<[prompt: string, types: readonly string[]]> = [
  ["hello", MESSAGE],
  ["refuse: I cannot do that.", REFUSAL],
  ["think: about it\nsay: so", [...REASONING, ...MESSAGE]],
  ['call: get_weather {"city":"Zurich"}', CALL],
  ['call: get_weather {"a":1}\ncall: get_weather {"a":2}', [...CALL, ...CALL]],
  ["call: patch *** Begin", CUSTOM],
];

for (const [prompt, types] of ORDERS) {
  Deno.test(`"${prompt}" is answered in the backend's order`, async () => {
    const events = await answerTo(prompt);
    const seen = events.map(({ type }) => String(type).replace("response.", ""))
      .filter((type, index, all) => type !== all[index - 1]);
    assertEquals(seen, ["created", "in_progress", ...types, "completed"]);
    assertEquals(
      events.map((event) => event.sequence_number),
      events.map((_, index) => index),
    );
  });
}

const PLACE = ["item_id", "output_index"];

/** Keys behind `type` and `sequence_number`, as in OpenAI's public reference. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  "response.content_part.added": [...PLACE, "content_index", "part"],
  "response.output_text.delta": [
    ...PLACE,
    "content_index",
    "delta",
    "logprobs",
  ],
  "response.output_text.done": [
    ...PLACE,
    "content_index",
    "text",
    "logprobs",
  ],
  "response.content_part.done": [...PLACE, "content_index", "part"],
  "response.refusal.delta": [...PLACE, "content_index", "delta"],
  "response.refusal.done": [...PLACE, "content_index", "refusal"],
  "response.reasoning_summary_part.added": [...PLACE, "summary_index", "part"],
  "response.reasoning_summary_text.delta": [...PLACE, "summary_index", "delta"],
  "response.reasoning_summary_text.done": [...PLACE, "summary_index", "text"],
  "response.reasoning_summary_part.done": [...PLACE, "summary_index", "part"],
  "response.function_call_arguments.delta": [...PLACE, "delta"],
  "response.function_call_arguments.done": [...PLACE, "name", "arguments"],
  "response.custom_tool_call_input.delta": [...PLACE, "delta"],
  "response.custom_tool_call_input.done": [...PLACE, "input"],
};

Deno.test("every event has the keys of the public reference", async () => {
  const unseen = new Set(Object.keys(KEYS));
  for (const [prompt] of ORDERS) {
    for (const event of await answerTo(prompt)) {
      const { type, sequence_number: _, obfuscation: __, ...rest } = event;
      const keys = KEYS[String(type)];
      if (keys !== undefined) assertEquals(Object.keys(rest), [...keys]);
      unseen.delete(String(type));
    }
  }
  assertEquals([...unseen], []);
});

const TEXTS: ReadonlyArray<[prompt: string, item: Json]> = [
  ["hello", { content: [text("Hello there!")] }],
  ["say: a b", { content: [text("a b")] }],
  ['json: {"ok":true}', { content: [text('{"ok":true}')] }],
  ["refuse: No.", { content: [{ type: "refusal", refusal: "No." }] }],
  ['call: get_weather {"city": "Zürich 🌧"}', {
    name: "get_weather",
    arguments: '{"city": "Zürich 🌧"}',
  }],
  ["call: get_w* {}", { name: "get_weather", arguments: "{}" }],
  ["call: get_weather", { name: "get_weather", arguments: "{}" }],
  ["call: patch *** Begin", { name: "patch", input: "*** Begin" }],
  ["call: nothing {}", { content: [text('There is no tool "nothing".')] }],
];

for (const [prompt, expected] of TEXTS) {
  Deno.test(`"${prompt}" comes in pieces that add up to the item`, async () => {
    const events = await answerTo(prompt);
    const done = events.findLast(({ type }) =>
      type === "response.output_item.done"
    );
    const item = Object(done?.item);
    for (const [key, value] of Object.entries(expected)) {
      assertEquals(item[key], value);
    }
    const deltas = events.map(({ delta }) => delta ?? "").join("");
    const [part = {}] = item.content ?? [];
    assertEquals(
      deltas,
      part.text ?? part.refusal ?? item.arguments ?? item.input,
    );
    assertEquals(item.status, "completed");
  });
}

Deno.test("parallel calls have ids of their own", async () => {
  const events = await answerTo("call: get_weather 1\ncall: get_weather 2");
  const items = events.filter(({ type }) =>
    type === "response.output_item.done"
  )
    .map(({ item }) => Object(item));
  assertEquals(items.map((item) => item.arguments), ["1", "2"]);
  assertEquals(new Set(items.map(({ id }) => id)).size, 2);
  assertEquals(new Set(items.map(({ call_id }) => call_id)).size, 2);
});

Deno.test("outputs of tools are quoted, all that came at once", async () => {
  const input = [
    userMessage("call: get_weather {}"),
    { type: "function_call", call_id: "c1", name: "get_weather" },
    { type: "function_call", call_id: "c2", name: "get_weather" },
    { type: "function_call_output", call_id: "c1", output: "sunny in Zurich" },
    { type: "function_call_output", call_id: "c2", output: "rain" },
  ];
  const one = input.toSpliced(2, 1).slice(0, 3);
  assertEquals(
    textIn(await answerTo("", { input: one })),
    "Tool said: sunny in Zurich",
  );
  assertEquals(
    textIn(await answerTo("", { input })),
    "Tool said: sunny in Zurich, rain",
  );
});

Deno.test("a message needs no type, and its content no parts", async () => {
  const input = [{ role: "user", content: "say: easy" }];
  assertEquals(textIn(await answerTo("", { input })), "easy");
});

/** In the order of OpenAI's public reference. */
const RESPONSE_KEYS = [
  "id",
  "object",
  "created_at",
  "status",
  "background",
  "completed_at",
  "error",
  "incomplete_details",
  "instructions",
  "max_output_tokens",
  "model",
  "output",
  "parallel_tool_calls",
  "previous_response_id",
  "prompt_cache_key",
  "reasoning",
  "service_tier",
  "store",
  "temperature",
  "text",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "truncation",
  "usage",
  "user",
  "metadata",
];

Deno.test("the response object is whole, and repeats what was asked for", async () => {
  const asked = {
    instructions: "be brief",
    prompt_cache_key: "k",
    reasoning: { effort: "high", summary: "auto" },
    service_tier: "priority",
    text: { verbosity: "low" },
    tool_choice: "required",
    parallel_tool_calls: false,
  };
  const events = await answerTo("hello", asked);
  const responses = events.flatMap(({ response }) => response ?? []);
  assertEquals(responses.map((response) => Object(response).status), [
    "in_progress",
    "in_progress",
    "completed",
  ]);
  for (const response of responses) {
    assertEquals(Object.keys(Object(response)), RESPONSE_KEYS);
    const { model, tools, text, ...rest } = Object(response);
    assertEquals(model, "gpt-6.2-sol");
    assertEquals(tools, TOOLS.tools);
    assertEquals(text, { format: { type: "text" }, verbosity: "low" });
    for (const [key, value] of Object.entries(asked)) {
      if (key !== "text") assertEquals(rest[key], value);
    }
  }
});

Deno.test("over a websocket the response names the one before it", async () => {
  await using parts = await connected();
  const { client } = parts;
  const first = Object((await client.turn("hi")).at(-1)?.response).id;
  const events = await client.turn("hi", { previous_response_id: first });
  assertEquals(Object(events.at(-1)?.response).previous_response_id, first);
});

Deno.test("some deltas are padded, and most are not", async () => {
  const events = await answerTo("say: one two three four five six");
  const deltas = events.filter(({ delta }) => delta !== undefined);
  const padded = deltas.filter(({ obfuscation }) => obfuscation !== undefined);
  assertEquals([deltas.length, padded.length], [6, 2]);
  assert(padded.every(({ obfuscation }) => obfuscation !== ""));
});

async function answerTo(
  prompt: string,
  more: Json = {},
): Promise<readonly Json[]> {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const body = turnBody(prompt, { ...TOOLS, ...more });
  return await turn(simulator, { account, body });
}

function textIn(events: readonly Json[]): string {
  return events.map(({ delta }) => delta ?? "").join("");
}

function text(text: string): Json {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}
