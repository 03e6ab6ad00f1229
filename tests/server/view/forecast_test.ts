import { assertEquals } from "@std/assert";
import type { Window } from "../../../lib/quota/quota.ts";
import {
  type Forecast,
  forecastOf,
} from "../../../lib/server/view/forecast.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A whole number of days since the epoch, so that nothing is rounded. */
const NOW = 20_000 * DAY;

/** A week that began `days` ago. */
function week(used: number, days: number): Window {
  return {
    class: "week",
    minutes: 7 * 24 * 60,
    used,
    resetsAt: NOW + (7 - days) * DAY,
    running: true,
  };
}

const stock = (window: Window | undefined, weight = 1, keep = 0) => ({
  window,
  weight,
  keep,
});

const lasts = (days: number): Forecast => ({
  kind: "lasts",
  at: NOW + days * DAY,
});
const usedUp = (days: number): Forecast => ({
  kind: "used_up",
  at: NOW + days * DAY,
});

const CASES: ReadonlyArray<
  [
    what: string,
    stocks: readonly ReturnType<typeof stock>[],
    expected: Forecast | undefined,
  ]
> = [
  ["no account", [], undefined],
  ["nothing is known", [stock(undefined)], undefined],
  ["half in half the time", [stock(week(50, 3.5))], lasts(3.5)],
  ["half in a day", [stock(week(50, 1))], usedUp(1)],
  ["a little in a day", [stock(week(10, 1))], lasts(6)],
  ["less than 5 %", [stock(week(4, 0.5))], undefined],
  ["in less than two hours", [stock(week(40, 1 / 13))], undefined],
  ["after two hours", [stock(week(25, 0.25))], usedUp(0.75)],
  ["used up already", [stock(week(100, 3))], undefined],
  ["what is kept does not count", [stock(week(50, 1), 1, 25)], usedUp(0.5)],
  ["only what is kept is left", [stock(week(85, 1), 1, 20)], undefined],
  [
    "not running",
    [stock({ ...week(0, 1), running: false })],
    undefined,
  ],
  [
    "of one nothing is known",
    [stock(week(50, 1)), stock(undefined)],
    undefined,
  ],
  [
    "a fresh account beside a busy one",
    [stock(week(50, 1)), stock({ ...week(0, 0), running: false })],
    usedUp(3),
  ],
  [
    "a larger account beside a busy one",
    [stock(week(50, 1)), stock({ ...week(0, 0), running: false }, 6.5)],
    lasts(7),
  ],
  [
    "one resets before the other is used up",
    [stock(week(90, 6)), stock(week(10, 1))],
    lasts(6),
  ],
];

for (const [what, stocks, expected] of CASES) {
  Deno.test(`forecast: ${what}`, () => {
    assertEquals(forecastOf(stocks, NOW), expected);
  });
}

Deno.test("forecast: it stays the same for some minutes, and is round", () => {
  const stocks = [stock(week(43, 1.3))];
  const first = forecastOf(stocks, NOW);
  assertEquals(first?.kind, "used_up");
  assertEquals((first?.at ?? 1) % HOUR, 0);
  for (let minute = 1; minute < 10; minute++) {
    assertEquals(forecastOf(stocks, NOW + minute * 60_000), first);
  }
});
