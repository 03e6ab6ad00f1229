import { parse } from "@std/toml";
import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { IsAny } from "./is_any.ts";

const typed: IsAny<ReturnType<typeof parse>> = false;

Deno.test("parse() reads tables, dotted keys and inline tables", () => {
  assertEquals(typed, false);
  assertEquals(
    parse('a = "1"\nb.c = 2\n[d."e.f"]\ng = { h = true } # a comment\n'),
    { a: "1", b: { c: 2 }, d: { "e.f": { g: { h: true } } } },
  );
});

Deno.test("parse() names the line of what is no TOML", () => {
  const error = assertThrows(() => parse('a = "1"\nb\n'));
  assert(error instanceof SyntaxError);
  assertStringIncludes(error.message, "line 2");
});
