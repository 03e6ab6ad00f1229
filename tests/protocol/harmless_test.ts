import { assertEquals } from "@std/assert";
import { MAX_TOKEN_CHARS } from "../../lib/limits.ts";
import { harmlessJson, harmlessText } from "../../lib/protocol/quote.ts";
import { tokenIn, tokenProblem } from "../../lib/protocol/token.ts";

const TEXTS: ReadonlyArray<[what: string, text: string, escaped: string]> = [
  ["plain text", "häß 日本 😀", "häß 日本 😀"],
  ["a delete", "a\x7fb", "a\\u007fb"],
  ["a control of C1", "a\x9b31mb", "a\\u009b31mb"],
  ["a mark that turns the text", "a\u202eb", "a\\u202eb"],
  ["a zero width space", "a\u200bb", "a\\u200bb"],
  ["separators", "\u2028\u2029", "\\u2028\\u2029"],
  ["a tag outside of the basic plane", "\u{e0041}", "\\udb40\\udc41"],
];

for (const [what, text, escaped] of TEXTS) {
  Deno.test(`${what} is harmless in text and in JSON`, () => {
    assertEquals(harmlessText(text), escaped);
    const json = JSON.stringify({ text });
    assertEquals(JSON.parse(harmlessJson(json)), { text });
    assertEquals(harmlessJson(json), `{"text":"${escaped}"}`);
  });
}

Deno.test("harmlessText() escapes what JSON escapes itself", () => {
  assertEquals(
    harmlessText("\x1b[2J\r\n\t\0"),
    "\\u001b[2J\\u000d\\u000a\\u0009\\u0000",
  );
});

const TOKENS: ReadonlyArray<[what: string, value: unknown, token?: string]> = [
  ["a token", "rt_1.a-b_c~", "rt_1.a-b_c~"],
  ["one between blanks", " \trt_1\n", "rt_1"],
  ["the longest", "x".repeat(MAX_TOKEN_CHARS), "x".repeat(MAX_TOKEN_CHARS)],
  ["a longer one", "x".repeat(MAX_TOKEN_CHARS + 1)],
  ["a blank within", "rt 1"],
  ["a line end within", "rt\n1"],
  ["another letter", "rt_é"],
  ["a control", "rt_\x7f"],
  ["nothing", ""],
  ["blanks", "  "],
  ["a number", 7],
  ["null", null],
];

for (const [what, value, token] of TOKENS) {
  Deno.test(`tokenIn() of ${what} is ${token ? "one" : "none"}`, () => {
    assertEquals(tokenIn(value), token);
  });
}

Deno.test("tokenProblem() quotes nothing", () => {
  const long = "s".repeat(MAX_TOKEN_CHARS + 1);
  assertEquals([tokenProblem(long), tokenProblem("s s"), tokenProblem("s")], [
    "is longer than any token",
    "has characters that no token has",
    undefined,
  ]);
});
