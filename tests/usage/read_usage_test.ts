/** What a terminal event tells of a turn's tokens. */
import { assertEquals } from "@std/assert";
import type { Usage } from "../../lib/usage/figures.ts";
import { readUsage, readWholeUsage } from "../../lib/usage/read_usage.ts";

const USAGE = {
  input_tokens: 500,
  input_tokens_details: { cached_tokens: 400 },
  output_tokens: 50,
  output_tokens_details: { reasoning_tokens: 20 },
  total_tokens: 550,
};

const READ: Usage = { input: 500, cached: 400, output: 50, reasoning: 20 };

function completed(response: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ type: "response.completed", response });
}

const EVENTS: ReadonlyArray<
  [what: string, text: string, usage: Usage | undefined]
> = [
  ["an event", completed({ id: "r", usage: USAGE }), READ],
  ["one with members behind it", completed({ usage: USAGE, user: "u" }), READ],
  [
    "one with space",
    `{"response":{"usage" :\n {"input_tokens":1,
    "output_tokens": 2} } }`,
    { input: 1, cached: 0, output: 2, reasoning: 0 },
  ],
  ["a whole answer", JSON.stringify({ output: [], usage: USAGE }), READ],
  ["no usage", completed({ id: "r" }), undefined],
  ["null", completed({ usage: null }), undefined],
  ["no object", completed({ usage: [1] }), undefined],
  [
    "an answer that speaks of it",
    completed({
      usage: USAGE,
      text: 'the key "usage":{"input_tokens":9,"output_tokens":9}',
    }),
    READ,
  ],
  ["a string of that name", completed({ usage: USAGE, text: "usage" }), READ],
  [
    "a key that ends like it",
    completed({
      usage: USAGE,
      'a"usage': { input_tokens: 9, output_tokens: 9 },
    }),
    READ,
  ],
  [
    "a tool's parameter behind it",
    completed({
      usage: USAGE,
      tools: [{ parameters: { usage: { type: "string" } } }],
    }),
    READ,
  ],
  [
    "more cached than there is",
    completed({
      usage: { ...USAGE, input_tokens: 300 },
    }),
    { ...READ, input: 300, cached: 300 },
  ],
  [
    "details of another type",
    completed({
      usage: {
        ...USAGE,
        input_tokens_details: [],
        output_tokens_details: { reasoning_tokens: "20" },
      },
    }),
    { ...READ, cached: 0, reasoning: 0 },
  ],
  [
    "a negative count",
    completed({
      usage: { ...USAGE, output_tokens: -1 },
    }),
    undefined,
  ],
  [
    "a part of a token",
    completed({
      usage: { ...USAGE, input_tokens: 1.5 },
    }),
    undefined,
  ],
  [
    "more than can be",
    completed({
      usage: { ...USAGE, input_tokens: 1e10 },
    }),
    undefined,
  ],
  [
    "a count as text",
    completed({
      usage: { ...USAGE, input_tokens: "500" },
    }),
    undefined,
  ],
  [
    "an event that was cut",
    completed({ usage: USAGE }).slice(0, -9),
    undefined,
  ],
  ["nothing", "", undefined],
];

for (const [what, text, usage] of EVENTS) {
  Deno.test(`readUsage() of ${what}`, () => {
    assertEquals(readUsage(text), usage);
    assertEquals(readWholeUsage(new TextEncoder().encode(text)), usage);
  });
}

Deno.test("readUsage() reads the end of an answer of many megabytes", () => {
  const text = completed({ output: "ä".repeat(5_000_000), usage: USAGE });
  assertEquals(readUsage(text), READ);
  assertEquals(readWholeUsage(new TextEncoder().encode(text)), READ);
});

Deno.test("readUsage() gives up on what only looks like figures", () => {
  const tools = new Array(100_000).fill({ usage: {} });
  assertEquals(readUsage(completed({ usage: USAGE, tools })), undefined);
});
