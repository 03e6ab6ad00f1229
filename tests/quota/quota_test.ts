/** Windows, limits, and how readings are merged. */
import { assert, assertEquals } from "@std/assert";
import {
  merged,
  type Quota,
  quotaAt,
  type Reading,
  tightest,
  type Window,
  windowOf,
} from "../../lib/quota/quota.ts";
import { seeded } from "../support/random.ts";

const NOW = Date.UTC(2026, 10, 29, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function window(
  minutes: number | undefined,
  used: number,
  inMs: number | undefined,
): Window {
  const resetsAt = inMs === undefined ? undefined : NOW + inMs;
  return windowOf({ minutes, used, resetsAt }, NOW);
}

const CLASSES: readonly (readonly [
  minutes: number | undefined,
  inMs: number | undefined,
  expected: string,
])[] = [
  [300, 2 * HOUR, "short"],
  [1439, undefined, "short"],
  [1440, undefined, "week"],
  [10_080, 3 * DAY, "week"],
  [20_160, undefined, "week"],
  [20_161, undefined, "long"],
  [43_200, 20 * DAY, "long"],
  [undefined, 23 * HOUR, "short"],
  [undefined, 25 * HOUR, "week"],
  [undefined, undefined, "week"],
];

for (const [minutes, inMs, expected] of CLASSES) {
  Deno.test(`a window of ${minutes} min that resets in ${inMs} ms is a ${expected} one`, () => {
    assertEquals(window(minutes, 10, inMs).class, expected);
  });
}

const RUNNING: readonly (readonly [string, Window, boolean])[] = [
  ["in use", window(300, 40, 2 * HOUR), true],
  ["with a sliding reset", window(300, 0, 300 * MINUTE), false],
  ["with a reset that slid by minutes", window(300, 0, 296 * MINUTE), false],
  ["begun and hardly used", window(300, 0, 200 * MINUTE), true],
  ["that is over", window(300, 70, -MINUTE), false],
  ["without a reset", window(300, 7, undefined), true],
];

for (const [what, one, expected] of RUNNING) {
  Deno.test(`a window ${what} is ${expected ? "" : "not "}running`, () => {
    assertEquals(one.running, expected);
  });
}

Deno.test("of two windows of a class the tighter one counts", () => {
  const [loose, tight] = [window(300, 10, HOUR), window(600, 60, HOUR)];
  const week = window(10_080, 1, DAY);
  assertEquals(tightest([week, loose, tight]), [tight, week]);
  assertEquals(tightest([tight, loose, week]), [tight, week]);
});

function reading(
  at: number,
  windows: readonly Window[],
  more: Partial<Reading> & { readonly id?: string } = {},
): Reading {
  const { id = "codex", source = "headers", ...rest } = more;
  const limit = { id, name: undefined, windows, at, source };
  return { limits: [limit], at, source, ...rest };
}

Deno.test("a reading replaces the windows of its limit, and no other's", () => {
  const short = window(300, 10, HOUR);
  const week = window(10_080, 20, DAY);
  let quota = merged(undefined, reading(NOW, [short, week], { plan: "plus" }));
  quota = merged(quota, reading(NOW + 1, [week], { id: "codex_other" }));
  assertEquals(quota.limits.get("codex")?.windows, [short, week]);
  // The short window is gone: they come and go.
  quota = merged(quota, reading(NOW + 2, [week]));
  assertEquals(quota.limits.get("codex")?.windows, [week]);
  assertEquals(quota.plan, "plus");
});

Deno.test("a fall of what is used at the same reset is taken", () => {
  const full = merged(undefined, reading(NOW, [window(10_080, 97, DAY)]));
  const after = merged(full, reading(NOW + 1, [window(10_080, 3, DAY)]));
  assertEquals(after.limits.get("codex")?.windows[0]?.used, 3);
});

Deno.test("readings end in the same state in whatever order they come", () => {
  const random = seeded(11);
  const pick = (count: number) => random.int(count);
  for (let round = 0; round < 300; round++) {
    const readings = Array.from(
      { length: 6 },
      (_, at) =>
        reading(NOW + at, [window([300, 10_080][pick(2)], pick(101), DAY)], {
          id: ["codex", "codex_a"][pick(2)] ?? "codex",
          plan: pick(2) === 0 ? undefined : `plan${pick(3)}`,
        }),
    );
    const end = (all: readonly Reading[]) =>
      all.reduce<Quota | undefined>(merged, undefined);
    const shuffled = readings.map((one) => ({ one, at: random.int(1_000_000) }))
      .sort((a, b) => a.at - b.at).map(({ one }) => one);
    const [left, right] = [end(readings), end(shuffled)];
    assert(left && right);
    for (const [id, limit] of left.limits) {
      assertEquals(right.limits.get(id), limit);
    }
    assertEquals([right.at, right.source], [left.at, left.source]);
  }
});

Deno.test("a window whose reset has passed is empty, and nothing else ages", () => {
  const quota = merged(
    undefined,
    reading(NOW, [window(300, 80, HOUR), window(10_080, 30, DAY)]),
  );
  const later = quotaAt(quota, NOW + 2 * HOUR).limits.get("codex");
  assertEquals(later?.windows.map(({ used, running }) => [used, running]), [
    [0, false],
    [30, true],
  ]);
  assertEquals(quotaAt(quota, NOW), quota);
});
