import { bold, dim, green, red, setColorEnabled, yellow } from "@std/fmt";
import { assertEquals } from "@std/assert";
import type { IsAny } from "./is_any.ts";

const typed: IsAny<typeof bold> = false;

Deno.test("colours mark text when they are on and leave it alone when off", () => {
  for (const colour of [bold, dim, green, red, yellow]) {
    setColorEnabled(true);
    // Where `NO_COLOR` is set, nothing turns colours on.
    assertEquals(colour("x") !== "x", !Deno.noColor);
    setColorEnabled(false);
    assertEquals(colour("x"), "x");
  }
  assertEquals(typed, false);
});
