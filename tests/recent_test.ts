import { assertEquals } from "@std/assert";
import { MAX_RECENT, MAX_RECENT_CHARS } from "../lib/limits.ts";
import { Recent } from "../lib/recent.ts";

function scene() {
  const asked: string[] = [];
  const recent = new Recent((text) => {
    asked.push(text);
    return `made of ${text}`;
  });
  return { asked, recent };
}

Deno.test("what is asked for again is not made again", () => {
  const { asked, recent } = scene();
  for (const text of ["a", "b", "a", "", ""]) {
    assertEquals(recent.of(text), `made of ${text}`);
  }
  assertEquals(asked, ["a", "b", ""]);
});

Deno.test("what is in use stays, and the rest makes room", () => {
  const { asked, recent } = scene();
  for (let at = 0; at < 3 * MAX_RECENT; at++) {
    recent.of("in use");
    recent.of(`${at}`);
  }
  assertEquals(asked.filter((text) => text === "in use").length, 1);
  asked.length = 0;
  for (let at = 0; at < 3 * MAX_RECENT; at++) recent.of(`${at}`);
  assertEquals(asked.length >= MAX_RECENT, true, `${asked.length}`);
});

Deno.test("a long text is not held", () => {
  const { asked, recent } = scene();
  const long = "x".repeat(MAX_RECENT_CHARS + 1);
  recent.of(long);
  recent.of(long);
  assertEquals(asked.length, 2);
});
