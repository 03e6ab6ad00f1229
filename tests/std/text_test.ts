import { assertEquals } from "@std/assert";
import { levenshteinDistance } from "@std/text";
import type { IsAny } from "./is_any.ts";

const typed: IsAny<typeof levenshteinDistance> = false;

Deno.test("levenshteinDistance counts what was added, removed or replaced", () => {
  assertEquals(levenshteinDistance("doctor", "docter"), 1);
  assertEquals(levenshteinDistance("acounts", "accounts"), 1);
  assertEquals(levenshteinDistance("", "abc"), 3);
  assertEquals(typed, false);
});
