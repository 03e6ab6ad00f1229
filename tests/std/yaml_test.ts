import { assertEquals, assertThrows } from "@std/assert";
import { parse } from "@std/yaml";
import type { IsAny } from "./is_any.ts";

const typed: IsAny<typeof parse> = false;

Deno.test("parse() reads YAML, in which `on` is a name", () => {
  assertEquals(parse("on:\n  push: [a, 'b']\n"), { on: { push: ["a", "b"] } });
  assertThrows(() => parse("a: [1"), SyntaxError);
  assertEquals(typed, false);
});
