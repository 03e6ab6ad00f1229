import { basename, dirname, extname, join } from "@std/path";
import { assertEquals } from "@std/assert";
import type { IsAny } from "./is_any.ts";

const typed: IsAny<typeof join> = false;

Deno.test("join, dirname, basename and extname take a path apart and together", () => {
  const path = join("accounts", "trash", "..", "a.json");
  assertEquals(dirname(path), "accounts");
  assertEquals(basename(path), "a.json");
  assertEquals(basename(path, ".json"), "a");
  assertEquals(extname(path), ".json");
  assertEquals(typed, false);
});
