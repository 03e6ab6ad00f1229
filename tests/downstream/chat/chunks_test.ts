import { assert, assertEquals } from "@std/assert";
import {
  chunksIn,
  completed,
  CREATED,
  dataIn,
  deltasOf,
  eventOf,
  streamOf,
  streamWriter,
} from "./answers.ts";
import type { Json } from "./support.ts";

const text = (delta: string, output_index = 0): Json => ({
  type: "response.output_text.delta",
  output_index,
  item_id: `item_${output_index}`,
  content_index: 0,
  delta,
});
const item = (
  on: "added" | "done",
  output_index: number,
  item: Json,
): Json => ({
  type: `response.output_item.${on}`,
  output_index,
  item: { id: `item_${output_index}`, ...item },
});
const fn = (call_id: string, name: string, args = ""): Json => ({
  type: "function_call",
  call_id,
  name,
  arguments: args,
});
const args = (on: "delta" | "done", output_index: number, text: string) => ({
  type: `response.function_call_arguments.${on}`,
  output_index,
  item_id: `item_${output_index}`,
  [on === "delta" ? "delta" : "arguments"]: text,
});
const custom: Json = {
  type: "custom_tool_call",
  call_id: "c",
  name: "sh",
  input: "",
};
const thought = (delta: string, summary_index: number) => ({
  type: "response.reasoning_summary_text.delta",
  output_index: 0,
  item_id: "rs_1",
  summary_index,
  delta,
});
const message = (...content: readonly Json[]): Json => ({
  type: "message",
  content,
});

const begun = (index: number, id: string, name: string) => ({
  tool_calls: [{
    index,
    id,
    type: "function",
    function: { name, arguments: "" },
  }],
});
const more = (index: number, text: string) => ({
  tool_calls: [{ index, function: { arguments: text } }],
});

/** Events, and the deltas that they become. */
const DELTAS: ReadonlyArray<
  [what: string, events: readonly Json[], deltas: readonly unknown[]]
> = [
  ["text", [text("Hel"), text("lo")], [{ content: "Hel" }, { content: "lo" }]],
  ["an empty delta", [text(""), text("a")], [{ content: "a" }]],
  ["two messages", [text("a", 0), text("b", 1)], [
    { content: "a" },
    { content: "b" },
  ]],
  ["a refusal", [{ type: "response.refusal.delta", delta: "no" }], [
    { refusal: "no" },
  ]],
  ["summaries", [thought("a", 0), thought("b", 0), thought("c", 1)], [
    { reasoning_content: "a" },
    { reasoning_content: "b" },
    { reasoning_content: "\n\nc" },
  ]],
  ["reasoning", [{ type: "response.reasoning_text.delta", delta: "a" }], [
    { reasoning_content: "a" },
  ]],
  ["a call", [
    item("added", 0, fn("a", "f")),
    args("delta", 0, '{"x"'),
    args("delta", 0, ":1}"),
    args("done", 0, '{"x":1}'),
    item("done", 0, fn("a", "f", '{"x":1}')),
  ], [begun(0, "a", "f"), more(0, '{"x"'), more(0, ":1}")]],
  ["a custom call", [
    item("added", 0, custom),
    {
      type: "response.custom_tool_call_input.delta",
      output_index: 0,
      delta: "l",
    },
    {
      type: "response.custom_tool_call_input.done",
      output_index: 0,
      input: "ls",
    },
    item("done", 0, { ...custom, input: "ls -l" }),
  ], [
    {
      tool_calls: [{
        index: 0,
        id: "c",
        type: "custom",
        custom: { name: "sh", input: "" },
      }],
    },
    { tool_calls: [{ index: 0, custom: { input: "l" } }] },
    { tool_calls: [{ index: 0, custom: { input: "s" } }] },
    { tool_calls: [{ index: 0, custom: { input: " -l" } }] },
  ]],
  ["interleaved calls", [
    item("added", 1, fn("a", "f")),
    item("added", 2, fn("b", "g")),
    args("delta", 1, "1"),
    args("delta", 2, "2"),
    args("delta", 1, "3"),
  ], [
    begun(0, "a", "f"),
    begun(1, "b", "g"),
    more(0, "1"),
    more(1, "2"),
    more(0, "3"),
  ]],
  ["a call found by the id of its item", [
    item("added", 0, fn("a", "f")),
    item("added", 1, fn("b", "g")),
    {
      type: "response.function_call_arguments.delta",
      item_id: "item_0",
      delta: "1",
    },
  ], [begun(0, "a", "f"), begun(1, "b", "g"), more(0, "1")]],
  ["a call without deltas", [
    item("added", 0, fn("a", "f")),
    args("done", 0, "{}"),
    item("done", 0, fn("a", "f", "{}")),
  ], [begun(0, "a", "f"), more(0, "{}")]],
  ["a call that only ends", [item("done", 0, fn("a", "f", "{}"))], [
    begun(0, "a", "f"),
    more(0, "{}"),
  ]],
  ["deltas of a call that was never added", [
    args("delta", 0, "{"),
    args("done", 0, "{}"),
    item("done", 0, fn("a", "f", "{}")),
  ], [begun(0, "a", "f"), more(0, "{}")]],
  ["the end of a call with another text", [
    item("added", 0, fn("a", "f")),
    args("delta", 0, '{"x":1'),
    args("done", 0, '{ "x": 1 }'),
    item("done", 0, fn("a", "f", "{}")),
  ], [begun(0, "a", "f"), more(0, '{"x":1')]],
  ["a message without deltas", [
    item(
      "done",
      0,
      message({ type: "output_text", text: "a" }, {
        type: "refusal",
        refusal: "b",
      }),
    ),
  ], [{ content: "a" }, { refusal: "b" }]],
  ["the end of a message with deltas", [
    text("a"),
    item("done", 0, message({ type: "output_text", text: "a!" })),
  ], [{ content: "a" }]],
  ["what has no place in a chat answer", [
    item("added", 0, { type: "web_search_call" }),
    { type: "response.web_search_call.searching", output_index: 0 },
    item("done", 0, { type: "image_generation_call", result: "AAAA" }),
    item("done", 1, { type: "compaction", encrypted_content: "x" }),
    { type: "response.output_text.annotation.added", annotation: {} },
    { type: "codex.rate_limits", delta: "x" },
    { type: "response.metadata", delta: "x" },
    { type: "keepalive" },
  ], []],
];

for (const [what, events, deltas] of DELTAS) {
  Deno.test(`chunks: ${what}`, () => {
    assertEquals(deltasOf(events), deltas);
  });
}

Deno.test("chunks have the head of the answer, and nothing else", () => {
  const events = [CREATED, text("a"), completed({ service_tier: "default" })];
  const head = {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_790_000_000,
    model: "gpt-6.2-sol",
    service_tier: "auto",
    system_fingerprint: null,
  };
  const choice = (delta: Json, finish_reason: string | null) => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  });
  assertEquals(dataIn(streamOf(events)), [
    choice({ role: "assistant", content: "", refusal: null }, null),
    choice({ content: "a" }, null),
    choice({}, "stop"),
    "[DONE]",
  ]);
});

Deno.test("chunks of a response that says little of itself", () => {
  const [first] = chunksIn(streamOf([text("a")]));
  assert(first);
  const { id, created, model, service_tier } = first;
  assertEquals({ id, created, model, service_tier }, {
    id: "chatcmpl-new-id",
    created: 1_800_000_000,
    model: "as-asked",
    service_tier: "default",
  });
});

Deno.test("nothing is written before the first content", () => {
  assertEquals(
    streamOf([CREATED, { ...CREATED, type: "response.in_progress" }]),
    "",
  );
});

const USAGE = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 15,
};

Deno.test("include_usage: null in all chunks, then one about usage alone", () => {
  const events = [CREATED, text("a"), completed({ usage: USAGE })];
  const chunks = chunksIn(streamOf(events, { includeUsage: true }));
  assertEquals(chunks.map(({ usage }) => usage === null), [
    true,
    true,
    true,
    false,
  ]);
  assertEquals(chunks.at(-1)?.choices, []);
  assertEquals(chunks.at(-1)?.["usage"], {
    prompt_tokens: 10,
    completion_tokens: 5,
    total_tokens: 15,
    prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 2,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  });
});

Deno.test("include_usage without any from upstream: null", () => {
  const stream = streamOf([text("a"), completed()], { includeUsage: true });
  assertEquals(chunksIn(stream).at(-1)?.["usage"], null);
});

Deno.test("without include_usage no chunk has a usage member", () => {
  const stream = streamOf([text("a"), completed({ usage: USAGE })]);
  for (const chunk of chunksIn(stream)) assert(!("usage" in chunk));
});

const incomplete = (reason: string): Json => ({
  type: "response.incomplete",
  response: { status: "incomplete", incomplete_details: { reason } },
});
const CALL = item("done", 0, fn("a", "f", "{}"));

/** How a turn ends, and the reason that the caller is told. */
const ENDS: ReadonlyArray<[what: string, events: readonly Json[], string]> = [
  ["text", [text("a"), completed()], "stop"],
  ["nothing", [completed()], "stop"],
  [
    "response.done",
    [text("a"), { ...completed(), type: "response.done" }],
    "stop",
  ],
  ["a call", [CALL, completed()], "tool_calls"],
  ["a call and text", [text("a", 1), CALL, completed()], "tool_calls"],
  ["a filter", [text("a"), incomplete("content_filter")], "content_filter"],
  ["too many tokens", [text("a"), incomplete("max_output_tokens")], "length"],
  ["another reason", [text("a"), incomplete("who knows")], "length"],
  ["a call that is cut", [CALL, incomplete("max_output_tokens")], "length"],
  ["an incomplete response in response.done", [
    text("a"),
    { ...incomplete("max_output_tokens"), type: "response.done" },
  ], "length"],
];

for (const [what, events, reason] of ENDS) {
  Deno.test(`a turn that ends with ${what} finishes with ${reason}`, () => {
    const stream = streamOf(events);
    const reasons = chunksIn(stream).flatMap(({ choices }) =>
      choices.flatMap(({ finish_reason }) => finish_reason ?? [])
    );
    assertEquals(reasons, [reason]);
    assert(stream.endsWith("data: [DONE]\n\n"));
  });
}

Deno.test("items that come only at the end of the turn are told", () => {
  const output = [
    { type: "reasoning", summary: [] },
    message({ type: "output_text", text: "a" }),
    fn("a", "f", "{}"),
  ];
  assertEquals(deltasOf([completed({ output })]), [
    { content: "a" },
    begun(0, "a", "f"),
    more(0, "{}"),
    {},
  ]);
});

Deno.test("items at the end are not told twice", () => {
  const output = [message({ type: "output_text", text: "a" })];
  assertEquals(deltasOf([text("a"), completed({ output })]), [
    { content: "a" },
    {},
  ]);
});

const ERROR = { code: "server_error", message: "it broke" };

/** How a turn fails. */
const FAILURES: ReadonlyArray<[what: string, event: Json]> = [
  ["response.failed", {
    type: "response.failed",
    response: { status: "failed", error: ERROR },
  }],
  ["an error event", { type: "error", ...ERROR }],
  ["an error event with an error", { type: "error", error: ERROR }],
  ["response.done of a failed one", {
    type: "response.done",
    response: { status: "failed", error: ERROR },
  }],
];

for (const [what, event] of FAILURES) {
  Deno.test(`after ${what} there is an error, and no end`, () => {
    const stream = streamOf([
      CREATED,
      text("a"),
      event,
      text("b"),
      completed(),
    ]);
    const [, , last, ...rest] = dataIn(stream);
    assertEquals(rest, []);
    assertEquals(last, {
      error: {
        message: "it broke",
        type: "server_error",
        param: null,
        code: "server_error",
      },
    });
  });
}

Deno.test("a completed event without its response is an error", () => {
  const stream = streamOf([text("a"), { type: "response.completed" }]);
  const last = JSON.stringify(dataIn(stream).at(-1));
  assert(last.startsWith('{"error":'), last);
});

Deno.test("a turn without an end gets an error of the same form", () => {
  const writer = streamWriter();
  writer.event(eventOf(text("a")));
  const why = { code: "stream_interrupted", message: "cut" } as const;
  assertEquals(dataIn(new TextDecoder().decode(writer.interrupted(why))), [
    { error: { ...why, type: "server_error", param: null } },
  ]);
});

Deno.test("a damaged event of the answer ends it, another one does not", () => {
  const writer = streamWriter();
  writer.event({ type: "response.web_search_call.searching", data: "{" });
  assert(!writer.isFull);
  writer.event({ type: "response.output_text.delta", data: "{" });
  assert(writer.isFull, "the relay is to end the turn");
  assertEquals(writer.event(eventOf(text("b"))).length, 0);
  const why = { code: "response_too_large", message: "too large" } as const;
  const told = new TextDecoder().decode(writer.interrupted(why));
  assert(told.includes("stream_interrupted"), told);
});

Deno.test("a shortened name is long again", () => {
  const toolNames = new Map([["short", "the long name"]]);
  const [delta] = deltasOf([item("added", 0, fn("a", "short"))], { toolNames });
  assertEquals(delta, begun(0, "a", "the long name"));
});

Deno.test("older calls have their own form, and room for one", () => {
  const form = { olderCalls: true };
  const events = [
    item("added", 0, fn("a", "f")),
    args("delta", 0, "{}"),
    item("done", 1, fn("b", "g", "{}")),
    completed(),
  ];
  assertEquals(deltasOf(events, form), [
    { function_call: { name: "f", arguments: "" } },
    { function_call: { arguments: "{}" } },
    {},
  ]);
  const last = chunksIn(streamOf(events, form)).at(-1);
  assertEquals(last?.choices[0]?.finish_reason, "function_call");
});
