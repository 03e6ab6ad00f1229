import { assertEquals } from "@std/assert";
import { escape } from "@std/html";
import type { IsAny } from "./is_any.ts";

const typed: IsAny<typeof escape> = false;

Deno.test("escape leaves nothing that opens a tag, an entity or an attribute", () => {
  assertEquals(
    escape(`<a b="c" d='e'>&`),
    "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;",
  );
  assertEquals(typed, false);
});
