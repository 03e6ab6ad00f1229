import { assert, assertEquals } from "@std/assert";
import { MAX_COLLECTED_CHARS } from "../../../lib/limits.ts";
import {
  completed,
  CREATED,
  eventOf,
  wholeOf,
  wholeWriter,
} from "./answers.ts";
import type { Json } from "./support.ts";

const done = (output_index: number, item: Json): Json => ({
  type: "response.output_item.done",
  output_index,
  item,
});
const said = (text: string, annotations: readonly Json[] = []): Json => ({
  type: "message",
  content: [{ type: "output_text", text, annotations }],
});
const refused: Json = {
  type: "message",
  content: [{ type: "refusal", refusal: "I cannot do that." }],
};
const call: Json = {
  type: "function_call",
  call_id: "a",
  name: "f",
  arguments: "{}",
};
const custom: Json = {
  type: "custom_tool_call",
  call_id: "b",
  name: "sh",
  input: "ls",
};
const EMPTY = {
  role: "assistant",
  content: "",
  refusal: null,
  annotations: [],
};

/** Items, and the message that they become. */
const MESSAGES: ReadonlyArray<
  [what: string, items: readonly Json[], message: Json]
> = [
  ["nothing at all", [], EMPTY],
  ["text", [said("Hello there!")], { ...EMPTY, content: "Hello there!" }],
  ["two messages", [said("a"), said("b")], { ...EMPTY, content: "ab" }],
  ["a refusal", [refused], {
    ...EMPTY,
    content: null,
    refusal: "I cannot do that.",
  }],
  ["a call", [call], {
    ...EMPTY,
    content: null,
    tool_calls: [{
      id: "a",
      type: "function",
      function: { name: "f", arguments: "{}" },
    }],
  }],
  ["text and calls", [said("wait"), call, custom], {
    ...EMPTY,
    content: "wait",
    tool_calls: [
      { id: "a", type: "function", function: { name: "f", arguments: "{}" } },
      { id: "b", type: "custom", custom: { name: "sh", input: "ls" } },
    ],
  }],
  ["citations", [
    said("ab", [{
      type: "url_citation",
      start_index: 0,
      end_index: 2,
      url: "https://x",
      title: "X",
    }, { type: "file_citation", file_id: "f" }]),
    said("cd", [{
      type: "url_citation",
      start_index: 1,
      end_index: 2,
      url: "https://y",
      title: "Y",
    }]),
  ], {
    ...EMPTY,
    content: "abcd",
    annotations: [
      citation(0, 2, "https://x", "X"),
      citation(3, 4, "https://y", "Y"),
    ],
  }],
];

function citation(from: number, to: number, url: string, title: string): Json {
  const url_citation = { start_index: from, end_index: to, url, title };
  return { type: "url_citation", url_citation };
}

for (const [what, items, message] of MESSAGES) {
  Deno.test(`a whole chat answer of ${what}`, () => {
    const events = items.map((item, at) => done(at, item));
    const whole = wholeOf([CREATED, ...events, completed()]);
    assertEquals(whole.choices[0]?.message, message);
  });
}

Deno.test("a whole chat answer has all its members", () => {
  const usage = { input_tokens: 3, output_tokens: 4 };
  assertEquals(wholeOf([CREATED, completed({ usage })]), {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_790_000_000,
    model: "gpt-6.2-sol",
    choices: [{
      index: 0,
      message: EMPTY,
      logprobs: null,
      finish_reason: "stop",
    }],
    usage: {
      prompt_tokens: 3,
      completion_tokens: 4,
      total_tokens: 7,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: 0,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    },
    service_tier: "auto",
    system_fingerprint: null,
  } as unknown as ReturnType<typeof wholeOf>);
});

Deno.test("a whole chat answer without usage from upstream has none", () => {
  assert(!("usage" in wholeOf([completed()])));
});

Deno.test("an incomplete turn is a whole answer with its usage", () => {
  const whole = wholeOf([{
    type: "response.incomplete",
    response: {
      incomplete_details: { reason: "max_output_tokens" },
      usage: { input_tokens: 1, output_tokens: 2 },
    },
  }]);
  assertEquals(whole.choices[0]?.finish_reason, "length");
  assert("usage" in whole);
});

Deno.test("a whole answer with older calls", () => {
  const whole = wholeOf([done(0, call), completed()], { olderCalls: true });
  const message = whole.choices[0]?.message;
  assertEquals(message?.["function_call"], { name: "f", arguments: "{}" });
  assert(message && !("tool_calls" in message));
  assertEquals(whole.choices[0]?.finish_reason, "function_call");
});

Deno.test("a turn that failed has no whole answer", () => {
  const writer = wholeWriter();
  writer.event(eventOf(done(0, said("a"))));
  writer.event(eventOf({
    type: "response.failed",
    response: { error: { code: "server_error", message: "it broke" } },
  }));
  const answer = writer.answer();
  assert(answer.kind === "error");
  assertEquals(answer.error.status, 500);
});

Deno.test("a turn that was cut has no whole answer", () => {
  const writer = wholeWriter();
  writer.event(eventOf(done(0, said("a"))));
  writer.interrupted({ code: "stream_interrupted", message: "cut" });
  const answer = writer.answer();
  assert(answer.kind === "error");
  assertEquals(answer.error.status, 502);
  assertEquals(answer.error.error.code, "stream_interrupted");
});

Deno.test("more text than may be held is too large", () => {
  const writer = wholeWriter();
  const delta = "x".repeat(8 * 1024 * 1024);
  const event = eventOf({ type: "response.output_text.delta", delta });
  for (let i = 0; i < 8; i++) writer.event(event);
  assert(!writer.isFull, "64 MiB are allowed");
  writer.event(event);
  assert(writer.isFull);
});

Deno.test("very many citations are an answer, and too many are counted", () => {
  const cited = (count: number) =>
    done(0, said("a", new Array(count).fill({ type: "url_citation" })));
  const whole = wholeOf([CREATED, cited(200_000), completed()]);
  const { annotations } = whole.choices[0]?.message ?? {};
  assertEquals(Array.isArray(annotations) && annotations.length, 200_000);

  const writer = wholeWriter();
  const title = "x".repeat(MAX_COLLECTED_CHARS / 4);
  for (let at = 0; at < 4; at++) {
    assertEquals(writer.isFull, false);
    const annotation = { type: "url_citation", title };
    writer.event(eventOf(done(at, said("a", [annotation]))));
  }
  assertEquals(writer.isFull, true);
});

Deno.test("the names of calls count as part of the answer", () => {
  const writer = wholeWriter();
  const name = "x".repeat(MAX_COLLECTED_CHARS / 4);
  for (let at = 0; at < 4; at++) {
    assertEquals(writer.isFull, false);
    writer.event(eventOf(done(at, { ...call, name })));
  }
  assertEquals(writer.isFull, true);
});

Deno.test("items that have only begun are taken from the end of the turn", () => {
  const added: Json = {
    type: "response.output_item.added",
    output_index: 0,
    item: { type: "message", id: "m", content: [] },
  };
  const output = [{ ...said("hello"), id: "m" }, call];
  const whole = wholeOf([CREATED, added, completed({ output })]);
  const [choice] = whole.choices;
  assertEquals(choice?.message["content"], "hello");
  assertEquals(choice?.finish_reason, "tool_calls");
});
