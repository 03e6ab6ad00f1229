import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { MAX_VALUES } from "../../../lib/limits.ts";
import { readChatRequest } from "../../../lib/downstream/chat/request.ts";
import {
  assertRefused,
  bytesOf,
  chatOf,
  HELLO,
  type Json,
  refusalOf,
  turnOf,
} from "./support.ts";

const INPUT = [{
  type: "message",
  role: "user",
  content: [{ type: "input_text", text: "hi" }],
}];

const PLAIN: Json = { model: "gpt-6.2-sol", input: INPUT, stream: true };

/** Members of a chat request, and what is added to the plain turn. */
const MEMBERS: ReadonlyArray<[what: string, given: Json, added: Json]> = [
  ["nothing else", {}, {}],
  ["stream: false", { stream: false }, {}],
  ["parallel_tool_calls", { parallel_tool_calls: false }, {
    parallel_tool_calls: false,
  }],
  ["reasoning_effort", { reasoning_effort: "high" }, {
    reasoning: { effort: "high", summary: "auto" },
  }],
  ["reasoning.effort", { reasoning: { effort: "none" } }, {
    reasoning: { effort: "none", summary: "auto" },
  }],
  ["reasoning.summary", { reasoning: { effort: "low", summary: "detailed" } }, {
    reasoning: { effort: "low", summary: "detailed" },
  }],
  ["reasoning without an effort", { reasoning: { summary: "auto" } }, {}],
  ["an effort of null", { reasoning_effort: null }, {}],
  ["both forms of an effort", {
    reasoning_effort: "low",
    reasoning: { effort: "high" },
  }, { reasoning: { effort: "low", summary: "auto" } }],
  ["verbosity", { verbosity: "low" }, { text: { verbosity: "low" } }],
  ["text.verbosity", { text: { verbosity: "high" } }, {
    text: { verbosity: "high" },
  }],
  ["web_search_options", { web_search_options: {} }, {
    tools: [{ type: "web_search" }],
  }],
  ["web_search_options with a place", {
    web_search_options: {
      search_context_size: "low",
      user_location: { type: "approximate", approximate: { country: "CH" } },
    },
  }, {
    tools: [{
      type: "web_search",
      search_context_size: "low",
      user_location: { type: "approximate", country: "CH" },
    }],
  }],
  ["service_tier", { service_tier: "priority" }, { service_tier: "priority" }],
  ["prompt_cache_key", { prompt_cache_key: "k" }, { prompt_cache_key: "k" }],
  ["what the gateway reads itself", { _gateway: { session_source: "exec" } }, {
    _gateway: { session_source: "exec" },
  }],
  ["n: 1", { n: 1 }, {}],
  ["n: null", { n: null }, {}],
  ["logprobs: false", { logprobs: false, top_logprobs: 0 }, {}],
  ["modalities of text", { modalities: ["text"] }, {}],
  ["max_tokens", { max_tokens: 9 }, {}],
  ["a stranger", { foo: { bar: 1 } }, {}],
  ["another stream option", { stream_options: { foo: 1 } }, {}],
];

for (const [what, given, added] of MEMBERS) {
  Deno.test(`a chat request with ${what} becomes a turn`, () => {
    assertEquals(turnOf(given), { ...PLAIN, ...added });
  });
}

const DROPPED = [
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "seed",
  "logit_bias",
  "stop",
  "user",
  "store",
  "metadata",
  "safety_identifier",
  "prediction",
  "prompt_cache_retention",
  "moderation",
  "foo",
];

for (const name of DROPPED) {
  Deno.test(`a chat request's ${name} is left out and named`, () => {
    assertEquals(turnOf({ [name]: 1 }), PLAIN);
    assertEquals(chatOf({ [name]: 1 }).ignored, [name]);
    assertEquals(chatOf({ [name]: null }).ignored, []);
  });
}

/** What is named as ignored, in the order of the body. */
const IGNORED: ReadonlyArray<[given: Json, ignored: readonly string[]]> = [
  [{ user: "u", temperature: 1, max_tokens: 1 }, [
    "user",
    "temperature",
    "max_tokens",
  ]],
  [{ n: 1, store: false, logprobs: false, top_logprobs: 0 }, []],
  [{ stream_options: { include_usage: true } }, []],
  [{ stream_options: { include_usage: true, include_obfuscation: false } }, [
    "stream_options",
  ]],
  [{ reasoning: { summary: "auto" } }, ["reasoning"]],
  [{ reasoning: { effort: "low", max_tokens: 1 } }, ["reasoning"]],
  [{ reasoning: { effort: "low" }, text: { verbosity: "low" } }, []],
  [{ tool_choice: "auto" }, []],
  [{ tool_choice: "required" }, ["tool_choice"]],
  [{ service_tier: "flex" }, []],
];

for (const [given, ignored] of IGNORED) {
  Deno.test(`of ${JSON.stringify(given)} is ignored: [${ignored}]`, () => {
    assertEquals(chatOf(given).ignored, ignored);
  });
}

const REFUSED: ReadonlyArray<[given: Json, param: string, code: string]> = [
  [{ model: undefined }, "model", "missing_required_parameter"],
  [{ model: "" }, "model", "missing_required_parameter"],
  [{ model: 5 }, "model", "missing_required_parameter"],
  [{ stream: "yes" }, "stream", "invalid_type"],
  [{ messages: undefined }, "messages", "missing_required_parameter"],
  [{ messages: null }, "messages", "missing_required_parameter"],
  [{ messages: "hi" }, "messages", "invalid_type"],
  [{ messages: [] }, "messages", "empty_array"],
  [{ messages: ["hi"] }, "messages[0]", "invalid_type"],
  [{ n: 2 }, "n", "unsupported_value"],
  [{ n: 0 }, "n", "unsupported_value"],
  [{ n: "1" }, "n", "unsupported_value"],
  [{ logprobs: true }, "logprobs", "unsupported_parameter"],
  [{ top_logprobs: 3 }, "top_logprobs", "unsupported_parameter"],
  [{ modalities: ["text", "audio"] }, "modalities", "unsupported_value"],
  [{ audio: { voice: "x" } }, "modalities", "unsupported_value"],
];

for (const [given, param, code] of REFUSED) {
  Deno.test(`a chat request with ${JSON.stringify(given)} is refused`, () => {
    assertRefused(refusalOf(given), param, code);
  });
}

Deno.test("readChatRequest tells how the answer is wanted", () => {
  assertEquals(chatOf({}).form, {
    model: "gpt-6.2-sol",
    stream: false,
    includeUsage: false,
    olderCalls: false,
    toolNames: new Map(),
  });
  const asked = chatOf({
    stream: true,
    stream_options: { include_usage: true },
    functions: [{ name: "f" }],
  });
  assert(asked.form.stream && asked.form.includeUsage);
  assert(asked.form.olderCalls, "the old form of calls");
});

Deno.test("a Responses body on the chat path only has its stream set", () => {
  const given = { input: "hi", x: 1.0, stream: false, stream_options: null };
  const read = readChatRequest(new TextEncoder().encode(
    '{"model":"m","input":"hi","x":1.0,"stream":false}',
  ));
  assert(read.ok);
  assertEquals(
    new TextDecoder().decode(read.value.body),
    '{"model":"m","input":"hi","x":1.0,"stream":true}',
  );
  assertEquals(read.value.form.model, "m");
  assertEquals(turnOf({ ...given, messages: null })["input"], "hi");
});

Deno.test("messages win over an input beside them", () => {
  assertEquals(turnOf({ input: "no", messages: [HELLO] }), PLAIN);
  assertEquals(chatOf({ input: "no" }).ignored, ["input"]);
});

for (const text of ["", "[]", '{"a"', '"x"', '{"a":"\\x"}']) {
  Deno.test(`the body ${text || "of no bytes"} is refused as no object`, () => {
    const read = readChatRequest(new TextEncoder().encode(text));
    assert(!read.ok);
    assertEquals(read.error.code, "invalid_json");
    assertMatch(read.error.message, /^Request body is not a JSON object: /);
  });
}

Deno.test("a refusal quotes no more than the beginning of a value", () => {
  const { message } = refusalOf({ messages: "x".repeat(10_000) });
  assert(message.length < 400, message);
});

Deno.test("a body nested too deep is refused", () => {
  const deep = `{"messages":${"[".repeat(2000)}${"]".repeat(2000)}}`;
  const read = readChatRequest(new TextEncoder().encode(deep));
  assert(!read.ok);
  assertMatch(read.error.message, /nested deeper/);
  assert(readChatRequest(bytesOf({ model: "m", messages: [HELLO] })).ok);
});

Deno.test("a schema goes up with its numbers as they were written", () => {
  const schema = '{"maximum":12345678901234567890,"minimum":-1e400,"x":[1.5]}';
  const read = readChatRequest(new TextEncoder().encode(
    `{"model":"m","messages":[{"role":"user","content":"hi"}],"response_format":
      {"type":"json_schema","json_schema":{"name":"a","schema":${schema}}}}`,
  ));
  assert(read.ok);
  assertStringIncludes(new TextDecoder().decode(read.value.body), schema);
});

Deno.test("a body of more values than can be held is refused", () => {
  const text = `{"model":"m","messages":[${"{},".repeat(MAX_VALUES)}{}]}`;
  const read = readChatRequest(new TextEncoder().encode(text));
  assert(!read.ok, "it was read");
  assertEquals([read.error.status, read.error.code], [400, "invalid_json"]);
  assertStringIncludes(read.error.message, `more than ${MAX_VALUES} values`);
});

Deno.test("a number outside a schema is a number beside a long one in it", () => {
  const text =
    '{"model":"m","n":1.0,"top_logprobs":0.0,"web_search_options":1.0,' +
    '"messages":[{"role":"user","content":"x"}],"functions":[{"name":"f",' +
    '"parameters":{"maximum":12345678901234567890123}}]}';
  const read = readChatRequest(new TextEncoder().encode(text));
  assert(read.ok, JSON.stringify(read));
  const body = new TextDecoder().decode(read.value.body);
  assertStringIncludes(body, '"maximum":12345678901234567890123');
  assertEquals(JSON.parse(body).tools.length, 1);
});
