import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  assertRefused,
  HELLO,
  type Json,
  refusalOf,
  turnOf,
} from "./support.ts";

const text = (text: string) => ({ type: "input_text", text });
const message = (role: string, ...content: readonly Json[]) => ({
  type: "message",
  role,
  content,
});
const call = (call_id: string, name = "f", args = "{}") => ({
  type: "function_call",
  call_id,
  name,
  arguments: args,
});
const output = (call_id: string, output: unknown) => ({
  type: "function_call_output",
  call_id,
  output,
});
const toolCall = (id: string, name = "f", args = "{}") => ({
  id,
  type: "function",
  function: { name, arguments: args },
});
const CALLS = { role: "assistant", tool_calls: [toolCall("a")] };
const ANSWERED = { role: "tool", tool_call_id: "a", content: "x" };

/** Messages, and the items that they become. */
const MESSAGES: ReadonlyArray<
  [what: string, messages: readonly Json[], items: readonly Json[]]
> = [
  ["a system message", [{ role: "system", content: "be brief" }], [
    message("developer", text("be brief")),
  ]],
  ["a developer message in parts", [{
    role: "developer",
    content: [{ type: "text", text: "a" }, { type: "text", text: "b" }],
  }], [message("developer", text("a"), text("b"))]],
  ["a system message at its place", [HELLO, {
    role: "system",
    content: "now",
  }], [message("user", text("hi")), message("developer", text("now"))]],
  ["a user message with a name", [{ ...HELLO, name: "Ada" }], [
    message("user", text("hi")),
  ]],
  ["an empty user message", [{ role: "user", content: "" }], [
    message("user", text("")),
  ]],
  ["an assistant message", [{ role: "assistant", content: "ok" }], [
    message("assistant", { type: "output_text", text: "ok" }),
  ]],
  ["an assistant message in parts", [{
    role: "assistant",
    content: [
      { type: "text", text: "a" },
      { type: "text", text: "" },
      { type: "refusal", refusal: "no" },
    ],
  }], [message(
    "assistant",
    { type: "output_text", text: "a" },
    { type: "refusal", refusal: "no" },
  )]],
  ["a refusal as a member", [{
    role: "assistant",
    content: null,
    refusal: "no",
  }], [message("assistant", { type: "refusal", refusal: "no" })]],
  ["an assistant message of nothing", [
    { role: "assistant", content: "" },
    { role: "assistant", content: null },
    { role: "assistant", content: [] },
    { role: "assistant" },
    HELLO,
  ], [message("user", text("hi"))]],
  ["an assistant message with what has no place", [{
    role: "assistant",
    content: "a",
    reasoning_content: "r",
    reasoning: "r",
    audio: { id: "x" },
    annotations: [],
  }], [message("assistant", { type: "output_text", text: "a" })]],
  ["calls after what was said", [
    {
      role: "assistant",
      content: "wait",
      tool_calls: [toolCall("a", "f", '{"x":1}'), toolCall("b")],
    },
    ANSWERED,
    { role: "tool", tool_call_id: "b", content: "y" },
  ], [
    message("assistant", { type: "output_text", text: "wait" }),
    call("a", "f", '{"x":1}'),
    call("b"),
    output("a", "x"),
    output("b", "y"),
  ]],
  ["a call with empty content", [{ ...CALLS, content: "" }, ANSWERED], [
    call("a"),
    output("a", "x"),
  ]],
  ["a call id of any look", [
    { role: "assistant", tool_calls: [toolCall("call:1/ä")] },
    { role: "tool", tool_call_id: "call:1/ä", content: "x" },
  ], [call("call:1/ä"), output("call:1/ä", "x")]],
  ["arguments as an object", [{
    role: "assistant",
    tool_calls: [{ id: "a", function: { name: "f", arguments: { x: 1 } } }],
  }, ANSWERED], [call("a", "f", '{"x":1}'), output("a", "x")]],
  ["a custom call", [{
    role: "assistant",
    tool_calls: [{
      id: "a",
      type: "custom",
      custom: { name: "sh", input: "ls" },
    }],
  }, ANSWERED], [
    { type: "custom_tool_call", call_id: "a", name: "sh", input: "ls" },
    { type: "custom_tool_call_output", call_id: "a", output: "x" },
  ]],
  ["calls in the old form", [
    { role: "assistant", function_call: { name: "f", arguments: "{}" } },
    { role: "function", name: "f", content: "x" },
    { role: "assistant", function_call: { name: "g", arguments: "{}" } },
    { role: "function", name: "g", content: "y" },
    { role: "assistant", function_call: { name: "f", arguments: "{}" } },
    { role: "function", name: "f", content: "z" },
  ], [
    call("call_fn_1"),
    output("call_fn_1", "x"),
    call("call_fn_2", "g"),
    output("call_fn_2", "y"),
    call("call_fn_3"),
    output("call_fn_3", "z"),
  ]],
  ["an output of null", [CALLS, { ...ANSWERED, content: null }], [
    call("a"),
    output("a", ""),
  ]],
  ["an output of texts", [CALLS, {
    ...ANSWERED,
    content: [{ type: "text", text: "a" }, { type: "text", text: "b" }],
  }], [call("a"), output("a", "ab")]],
  ["an output with an image", [CALLS, {
    ...ANSWERED,
    content: [
      { type: "text", text: "a" },
      { type: "image_url", image_url: { url: "data:x" } },
    ],
  }], [
    call("a"),
    output("a", [text("a"), { type: "input_image", image_url: "data:x" }]),
  ]],
];

for (const [what, messages, items] of MESSAGES) {
  Deno.test(`${what} becomes items`, () => {
    assertEquals(turnOf({ messages })["input"], items);
  });
}

/** Content parts of a user message, and what they become. */
const PARTS: ReadonlyArray<[what: string, part: Json, becomes: Json]> = [
  ["text", { type: "text", text: "a" }, text("a")],
  ["an image", { type: "image_url", image_url: { url: "https://x/y" } }, {
    type: "input_image",
    image_url: "https://x/y",
  }],
  ["an image with detail", {
    type: "image_url",
    image_url: { url: "data:image/png;base64,AA", detail: "low" },
  }, {
    type: "input_image",
    image_url: "data:image/png;base64,AA",
    detail: "low",
  }],
  ["an image with detail auto", {
    type: "image_url",
    image_url: { url: "data:x", detail: "auto" },
  }, { type: "input_image", image_url: "data:x" }],
  ["the bare address of an image", { type: "image_url", image_url: "data:x" }, {
    type: "input_image",
    image_url: "data:x",
  }],
  ["a file", {
    type: "file",
    file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA" },
  }, {
    type: "input_file",
    filename: "a.pdf",
    file_data: "data:application/pdf;base64,AA",
  }],
  ["a file without a name", { type: "file", file: { file_data: "AA" } }, {
    type: "input_file",
    file_data: "AA",
  }],
];

for (const [what, part, becomes] of PARTS) {
  Deno.test(`${what} in a user message becomes a part`, () => {
    const messages = [{ role: "user", content: [part] }];
    assertEquals(turnOf({ messages })["input"], [message("user", becomes)]);
  });
}

const user = (...content: readonly unknown[]) => [{ role: "user", content }];
const MISSING = "missing_required_parameter";

/** Messages that are refused. */
const REFUSED: ReadonlyArray<
  [messages: readonly unknown[], param: string, code: string | null]
> = [
  [[{ role: "boss", content: "" }], "messages[0].role", "invalid_value"],
  [[HELLO, { content: "" }], "messages[1].role", "invalid_value"],
  [[{ role: "user" }], "messages[0].content", MISSING],
  [[{ role: "user", content: 5 }], "messages[0].content", "invalid_type"],
  [user("a"), "messages[0].content[0]", "invalid_type"],
  [user({ type: "text" }), "messages[0].content[0].text", MISSING],
  [
    [{ role: "system", content: [{ type: "image_url", image_url: "x" }] }],
    "messages[0].content[0]",
    "invalid_value",
  ],
  [
    user({ type: "image_url", image_url: {} }),
    "messages[0].content[0].image_url.url",
    MISSING,
  ],
  [
    user({ type: "text", text: "" }, { type: "file", file: { file_id: "f" } }),
    "messages[0].content[1].file.file_id",
    "unsupported_parameter",
  ],
  [
    user({ type: "file" }),
    "messages[0].content[0].file.file_data",
    MISSING,
  ],
  [
    user({ type: "input_audio", input_audio: {} }),
    "messages[0].content[0].type",
    "invalid_value",
  ],
  [
    [{ role: "assistant", content: [{ type: "image_url" }] }],
    "messages[0].content[0].type",
    "invalid_value",
  ],
  [
    [{ role: "assistant", tool_calls: {} }],
    "messages[0].tool_calls",
    "invalid_type",
  ],
  [
    [{ role: "assistant", tool_calls: [{ function: { name: "f" } }] }],
    "messages[0].tool_calls[0].id",
    MISSING,
  ],
  [
    [{ role: "assistant", tool_calls: [{ id: "a", function: {} }] }],
    "messages[0].tool_calls[0].function.name",
    MISSING,
  ],
  [
    [{ role: "assistant", tool_calls: [{ id: "a", type: "mcp" }] }],
    "messages[0].tool_calls[0].type",
    "invalid_value",
  ],
  [
    [CALLS, { role: "tool", content: "x" }],
    "messages[1].tool_call_id",
    MISSING,
  ],
  [[HELLO, ANSWERED], "messages[1].role", null],
  [[CALLS, HELLO], "messages[0]", null],
  [[HELLO, CALLS, { role: "assistant", content: "a" }], "messages[1]", null],
  [[CALLS], "messages[0]", null],
  [
    [CALLS, {
      ...ANSWERED,
      content: [{ type: "file", file: { file_data: "x" } }],
    }],
    "messages[1].content[0].type",
    "invalid_value",
  ],
  [
    [{ role: "function", name: "f", content: "x" }],
    "messages[0].role",
    null,
  ],
  [[{ role: "function", content: "x" }], "messages[0].name", MISSING],
  [
    [{ role: "assistant", function_call: {} }],
    "messages[0].function_call.name",
    MISSING,
  ],
];

for (const [messages, param, code] of REFUSED) {
  Deno.test(`${JSON.stringify(messages)} is refused: ${param}`, () => {
    assertRefused(refusalOf({ messages }), param, code);
  });
}

Deno.test("an orphan tool message is refused in OpenAI's own words", () => {
  assertEquals(
    refusalOf({ messages: [HELLO, ANSWERED] }).message,
    "Invalid parameter: messages with role 'tool' must be a response to a " +
      "preceeding message with 'tool_calls'.",
  );
});

Deno.test("the refusal of calls without an output names their ids", () => {
  const tool_calls = [toolCall("a"), toolCall("b"), toolCall("c")];
  const messages = [{ role: "assistant", tool_calls }, ANSWERED, HELLO];
  assertStringIncludes(refusalOf({ messages }).message, "b, c");
});

Deno.test("the refusal of a role names the six roles", () => {
  const { message } = refusalOf({ messages: [{ role: "x" }] });
  for (
    const role of [
      "system",
      "developer",
      "user",
      "assistant",
      "tool",
      "function",
    ]
  ) assertStringIncludes(message, `'${role}'`);
});
