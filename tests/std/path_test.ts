import { basename, dirname, join } from "@std/path";
import { assertEquals } from "@std/assert";
import type { IsAny } from "./is_any.ts";

const typed: IsAny<typeof join> = false;

Deno.test("join, dirname and basename take a path apart and together", () => {
  const path = join("accounts", "trash", "..", "a.json");
  assertEquals(dirname(path), "accounts");
  assertEquals(basename(path), "a.json");
  assertEquals(basename(path, ".json"), "a");
  assertEquals(typed, false);
});
