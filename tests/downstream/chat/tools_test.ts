import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
} from "@std/assert";
import { ToolNames } from "../../../lib/downstream/chat/tool_names.ts";
import {
  assertRefused,
  chatOf,
  HELLO,
  type Json,
  refusalOf,
  turnOf,
} from "./support.ts";

const fn = (name: string, more: Json = {}) => ({
  type: "function",
  function: { name, ...more },
});
const NO_PARAMETERS = { type: "object", properties: {} };
const tool = (name: string, more: Json = {}) => ({
  type: "function",
  name,
  parameters: NO_PARAMETERS,
  strict: false,
  ...more,
});

/** Tools as a caller sends them, and as upstream gets them. */
const TOOLS: ReadonlyArray<[what: string, given: Json, becomes: Json]> = [
  ["a function without more", fn("f"), tool("f")],
  [
    "a whole function",
    fn("f", {
      description: "does f",
      parameters: { type: "object", properties: { x: { type: "string" } } },
      strict: true,
    }),
    {
      type: "function",
      name: "f",
      description: "does f",
      parameters: { type: "object", properties: { x: { type: "string" } } },
      strict: true,
    },
  ],
  [
    "a function with nulls",
    fn("f", {
      description: null,
      parameters: null,
      strict: null,
    }),
    tool("f"),
  ],
  ["a custom tool", {
    type: "custom",
    custom: { name: "sh", description: "runs", format: { type: "text" } },
  }, {
    type: "custom",
    name: "sh",
    description: "runs",
    format: { type: "text" },
  }],
  ["a custom tool with a grammar", {
    type: "custom",
    custom: {
      name: "sh",
      format: {
        type: "grammar",
        grammar: { syntax: "lark", definition: "start: x" },
      },
    },
  }, {
    type: "custom",
    name: "sh",
    format: { type: "grammar", syntax: "lark", definition: "start: x" },
  }],
  ["a tool of another type", { type: "web_search", x: 1 }, {
    type: "web_search",
    x: 1,
  }],
  ["an mcp tool with a long label", {
    type: "mcp",
    server_label: "x".repeat(99),
  }, { type: "mcp", server_label: "x".repeat(99) }],
];

for (const [what, given, becomes] of TOOLS) {
  Deno.test(`${what} becomes a tool of the turn`, () => {
    assertEquals(turnOf({ tools: [given] })["tools"], [becomes]);
  });
}

Deno.test("older functions become tools, one call at a time", () => {
  const turn = turnOf({ functions: [{ name: "f" }], function_call: "auto" });
  assertEquals(turn["tools"], [tool("f")]);
  assertEquals(turn["tool_choice"], "auto");
  assertEquals(turn["parallel_tool_calls"], false);
});

Deno.test("an empty list of tools leaves out tools and choice", () => {
  const turn = turnOf({ tools: [], tool_choice: "auto" });
  assert(!("tools" in turn) && !("tool_choice" in turn));
});

/** Choices, with the tools f and sh. */
const CHOICES: ReadonlyArray<[given: Json, becomes: unknown]> = [
  [{ tool_choice: "none" }, "none"],
  [{ tool_choice: "required" }, "required"],
  [{ tool_choice: null }, undefined],
  [{ tool_choice: fn("f") }, { type: "function", name: "f" }],
  [{ tool_choice: { type: "custom", custom: { name: "sh" } } }, {
    type: "custom",
    name: "sh",
  }],
  [{ function_call: { name: "f" } }, { type: "function", name: "f" }],
  [{ function_call: "none" }, "none"],
  [{ tool_choice: { type: "web_search" } }, { type: "web_search" }],
  [{
    tool_choice: {
      type: "allowed_tools",
      allowed_tools: { mode: "auto", tools: [fn("f"), { type: "web_search" }] },
    },
  }, {
    type: "allowed_tools",
    mode: "auto",
    tools: [{ type: "function", name: "f" }, { type: "web_search" }],
  }],
];

const BOTH = [fn("f"), { type: "custom", custom: { name: "sh" } }];

for (const [given, becomes] of CHOICES) {
  Deno.test(`${JSON.stringify(given)} becomes the choice`, () => {
    assertEquals(turnOf({ tools: BOTH, ...given })["tool_choice"], becomes);
  });
}

const MISSING = "missing_required_parameter";
const REFUSED: ReadonlyArray<[given: Json, param: string, code: string]> = [
  [{ tools: {} }, "tools", "invalid_type"],
  [{ tools: ["f"] }, "tools[0]", "invalid_type"],
  [{ tools: [{ name: "f" }] }, "tools[0].type", MISSING],
  [
    { tools: [...BOTH, { type: "function" }] },
    "tools[2].function.name",
    MISSING,
  ],
  [{ tools: [{ type: "custom" }] }, "tools[0].custom.name", MISSING],
  [{ functions: [{}] }, "functions[0].name", MISSING],
  [{ tools: BOTH, tool_choice: fn("g") }, "tool_choice", "invalid_value"],
  [{ tool_choice: fn("f") }, "tool_choice", "invalid_value"],
  [{ tools: BOTH, tool_choice: 1 }, "tool_choice", "invalid_type"],
  [
    { tools: BOTH, tool_choice: { type: "function" } },
    "tool_choice.function.name",
    MISSING,
  ],
  [
    {
      tools: BOTH,
      tool_choice: {
        type: "allowed_tools",
        allowed_tools: { mode: "auto", tools: [fn("g")] },
      },
    },
    "tool_choice",
    "invalid_value",
  ],
  [
    { functions: [{ name: "f" }], function_call: { name: "g" } },
    "function_call",
    "invalid_value",
  ],
];

for (const [given, param, code] of REFUSED) {
  Deno.test(`${JSON.stringify(given)} is refused: ${param}`, () => {
    assertRefused(refusalOf(given), param, code);
  });
}

const LONG = "mcp__server__".padEnd(83, "x");

Deno.test("a long name is short in tools, choice and history", () => {
  const chat = {
    tools: [fn(LONG)],
    tool_choice: fn(LONG),
    messages: [
      HELLO,
      {
        role: "assistant",
        tool_calls: [{
          id: "a",
          type: "function",
          function: { name: LONG, arguments: "{}" },
        }],
      },
      { role: "tool", tool_call_id: "a", content: "x" },
    ],
  };
  const turn = JSON.stringify(turnOf(chat));
  const [short = ""] = chatOf(chat).form.toolNames.keys();
  assertMatch(short, /^mcp__server__x{43}_[0-9a-z]{7}$/);
  assert(!turn.includes(LONG), "the long name goes up");
  assertEquals(turn.split(`"name":"${short}"`).length - 1, 3);
  assertEquals(chatOf(chat).form.toolNames.get(short), LONG);
});

Deno.test("a name of 64 characters stays", () => {
  const name = "x".repeat(64);
  const { form } = chatOf({ tools: [fn(name)] });
  assertEquals(form.toolNames.size, 0);
});

Deno.test("short names depend on the list of tools alone", () => {
  const names = [LONG, `${LONG}y`, "f"];
  const first = new ToolNames(names);
  const second = new ToolNames(names);
  assertEquals(first.short(LONG), second.short(LONG));
  assertNotEquals(first.short(LONG), first.short(`${LONG}y`));
});

Deno.test("a short name that another tool has gets another hash", () => {
  const short = new ToolNames([LONG]).short(LONG);
  const names = new ToolNames([LONG, short]);
  assertEquals(names.short(short), short);
  assertNotEquals(names.short(LONG), short);
  assertEquals(names.short(LONG).length, 64);
});

Deno.test("a name that is cut within a character stays text", () => {
  const name = `${"x".repeat(55)}😀${"y".repeat(20)}`;
  assert(new ToolNames([name]).short(name).isWellFormed());
});

const schema = { type: "object", properties: { age: { type: "integer" } } };

/** Formats of an answer, and the `text.format` that they become. */
const FORMATS: ReadonlyArray<[given: unknown, becomes: unknown]> = [
  [undefined, undefined],
  [null, undefined],
  [{ type: "text" }, undefined],
  [{ type: "json_object" }, { type: "json_object" }],
  [{ type: "json_schema", json_schema: { name: "a", schema, strict: true } }, {
    type: "json_schema",
    name: "a",
    schema,
    strict: true,
  }],
  [{
    type: "json_schema",
    json_schema: { name: "a", description: "d", schema },
  }, {
    type: "json_schema",
    name: "a",
    description: "d",
    schema,
  }],
];

for (const [response_format, format] of FORMATS) {
  Deno.test(`${JSON.stringify(response_format)} is the format of text`, () => {
    const turn = turnOf({ response_format, verbosity: "low" });
    assertEquals(turn["text"], {
      ...format === undefined ? {} : { format },
      verbosity: "low",
    });
  });
}

const WRONG_FORMATS: ReadonlyArray<
  [given: unknown, param: string, code: string]
> = [
  [{ type: "yaml" }, "response_format.type", "invalid_value"],
  [{}, "response_format.type", "invalid_value"],
  ["json", "response_format", "invalid_type"],
  [{ type: "json_schema" }, "response_format.json_schema.name", MISSING],
];

for (const [response_format, param, code] of WRONG_FORMATS) {
  Deno.test(`the format ${JSON.stringify(response_format)} is refused`, () => {
    assertRefused(refusalOf({ response_format }), param, code);
  });
}
