import { assertEquals } from "@std/assert";
import { Stalls } from "../../lib/server/port/stalls.ts";

Deno.test("Stalls knows the longest, and what was so lately", () => {
  const stalls = new Stalls();
  assertEquals([stalls.longestMs, stalls.recentMs], [0, 0]);
  const steps: readonly [lateMs: number, at: number, recent: number][] = [
    [3, 0, 3],
    [700, 1_000, 700],
    [5, 59_000, 700],
    [8, 61_000, 700],
    [2, 119_000, 700],
    [1, 122_000, 8],
    [4, 600_000, 4],
  ];
  for (const [lateMs, at, recent] of steps) {
    stalls.observe(lateMs, at);
    assertEquals([at, stalls.recentMs], [at, recent]);
  }
  assertEquals(stalls.longestMs, 700);
});
