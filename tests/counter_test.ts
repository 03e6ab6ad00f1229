import { assertEquals } from "@std/assert";
import { Counter, Histogram } from "../lib/counter.ts";

Deno.test("Counter starts known keys at zero and takes others as they come", () => {
  const counter = new Counter<"a" | "b">(["a"]);
  assertEquals([...counter.entries()], [["a", 0]]);
  counter.add("b");
  counter.add("a");
  counter.add("b");
  assertEquals([...counter.entries()], [["a", 1], ["b", 2]]);
  assertEquals([counter.get("a"), counter.get("b"), counter.total], [1, 2, 3]);
});

const BUCKETS: ReadonlyArray<
  [seen: readonly number[], cumulative: readonly number[]]
> = [
  [[], [0, 0, 0]],
  [[0], [1, 1, 1]],
  // A bound includes its own value.
  [[0.5], [1, 1, 1]],
  [[0.500001], [0, 1, 1]],
  [[2], [0, 1, 1]],
  [[3], [0, 0, 1]],
  [[0.1, 0.2, 1, 9, 9], [2, 3, 5]],
];

for (const [seen, cumulative] of BUCKETS) {
  Deno.test(`Histogram puts ${seen.join(", ") || "nothing"} into buckets`, () => {
    const histogram = new Histogram([0.5, 2]);
    for (const seconds of seen) histogram.observe(seconds);
    assertEquals(histogram.cumulative(), [
      [0.5, cumulative[0] ?? 0],
      [2, cumulative[1] ?? 0],
      [Infinity, cumulative[2] ?? 0],
    ]);
    assertEquals(histogram.sum, seen.reduce((sum, one) => sum + one, 0));
  });
}
