import { assertEquals } from "@std/assert";
import { retryAfterMs } from "../../lib/failure/retry_after.ts";
import type { JsonObject } from "../../lib/protocol/json.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const SECOND = 1000;
const DAY = 86_400 * SECOND;
const AT = NOW / SECOND;

interface Hints {
  readonly headers?: Record<string, string>;
  readonly body?: JsonObject;
  readonly message?: string;
}

function delayOf({ headers = {}, body, message = "" }: Hints) {
  return retryAfterMs(new Headers(headers), body, message, NOW);
}

const CASES: ReadonlyArray<readonly [string, Hints, number | undefined]> = [
  ["nothing", {}, undefined],
  ["retry-after-ms", { headers: { "retry-after-ms": "1500.2" } }, 1501],
  ["retry-after in seconds", { headers: { "retry-after": "12" } }, 12_000],
  [
    "retry-after as a date",
    { headers: { "retry-after": "Sun, 22 Nov 2026 12:01:00 GMT" } },
    60_000,
  ],
  [
    "a date in the past",
    { headers: { "retry-after": "Sun, 22 Nov 2026 11:00:00 GMT" } },
    SECOND,
  ],
  ["words in retry-after", { headers: { "retry-after": "soon" } }, undefined],
  [
    "a number that is a year",
    { headers: { "retry-after": "in 5" } },
    undefined,
  ],
  ["a negative number", { headers: { "retry-after": "-5" } }, undefined],
  ["zero", { headers: { "retry-after": "0" } }, SECOND],
  ["more than 8 days", { headers: { "retry-after": "99999999" } }, 8 * DAY],
  [
    "retry-after-ms before retry-after",
    { headers: { "retry-after-ms": "2000", "retry-after": "9" } },
    2000,
  ],
  [
    "retry-after before the body",
    { headers: { "retry-after": "9" }, body: { resets_in_seconds: 5 } },
    9000,
  ],
  ["error.resets_at", { body: { error: { resets_at: AT + 30 } } }, 30_000],
  ["resets_at on top", { body: { resets_at: String(AT + 30) } }, 30_000],
  [
    "resets_at before resets_in_seconds",
    { body: { error: { resets_at: AT + 30, resets_in_seconds: 5 } } },
    30_000,
  ],
  [
    "resets_in_seconds where resets_at is over by our clock",
    { body: { error: { resets_at: AT - 30, resets_in_seconds: 5 } } },
    5000,
  ],
  [
    "resets_at that is over and alone",
    { body: { error: { resets_at: AT - 30 } } },
    SECOND,
  ],
  ["resets_in_seconds", { body: { error: { resets_in_seconds: 5 } } }, 5000],
  [
    "body before window headers",
    {
      body: { error: { resets_in_seconds: 5 } },
      headers: {
        "x-codex-primary-used-percent": "100",
        "x-codex-primary-reset-at": String(AT + 30),
      },
    },
    5000,
  ],
  [
    "a spent window",
    {
      headers: {
        "x-codex-primary-used-percent": "100.0",
        "x-codex-primary-reset-after-seconds": "40",
        "x-codex-secondary-used-percent": "20",
        "x-codex-secondary-reset-at": String(AT + 9000),
      },
    },
    40_000,
  ],
  [
    "the latest of the spent windows",
    {
      headers: {
        "x-codex-primary-used-percent": "100",
        "x-codex-primary-reset-at": String(AT + 40),
        "x-codex-bengalfox-secondary-used-percent": "101",
        "x-codex-bengalfox-secondary-reset-at": String(AT + 90),
      },
    },
    90_000,
  ],
  [
    "windows with something left",
    {
      headers: {
        "x-codex-primary-used-percent": "99.9",
        "x-codex-primary-reset-at": String(AT + 40),
      },
    },
    undefined,
  ],
  [
    "window headers before words",
    {
      message: "try again in 5s",
      headers: {
        "x-codex-primary-used-percent": "100",
        "x-codex-primary-reset-at": String(AT + 40),
      },
    },
    40_000,
  ],
  ["seconds", { message: "Please try again in 1.5s." }, 1500],
  ["milliseconds", { message: "Try again in 20ms" }, SECOND],
  ["many milliseconds", { message: "try again in 2500 milliseconds" }, 2500],
  ["compound", { message: "try again in 1h 2m 3.5s, ok?" }, 3_723_500],
  ["joined compound", { message: "try again in 1h2m3s" }, 3_723_000],
  ["days", { message: "try again in 3 days" }, 3 * DAY],
  [
    "words between",
    { message: "try again in about 2 days, 1 hour and 5 minutes." },
    2 * DAY + 3_900_000,
  ],
  ["one minute", { message: "try again in 1 min" }, 60_000],
  ["an unknown unit", { message: "try again in 5 moons" }, undefined],
  ["no number", { message: "try again in a while" }, undefined],
  ["no such words", { message: "wait 5s" }, undefined],
];

for (const [name, hints, expected] of CASES) {
  Deno.test(`retryAfterMs() reads ${name}`, () => {
    assertEquals(delayOf(hints), expected);
  });
}

Deno.test("retryAfterMs() takes anything and gives no strange number", () => {
  const odd = [
    "NaN",
    "Infinity",
    "1e9",
    "0x10",
    "",
    " ",
    "٣",
    "1,5",
    "9".repeat(400),
  ];
  const values: readonly unknown[] = [...odd, null, true, {}, [], -1, NaN];
  for (const value of values) {
    for (const key of ["resets_at", "resets_in_seconds"]) {
      const body = { [key]: value, error: { [key]: value } };
      assertEquals(delayOf({ body }), undefined, `${key} ${value}`);
    }
  }
  for (const value of odd.filter((text) => text !== "٣")) {
    const headers = { "retry-after": value, "retry-after-ms": value };
    assertEquals(delayOf({ headers }), undefined, value);
  }
  const message = "try again in " + "9".repeat(50_000) + "s";
  assertEquals(delayOf({ message }), undefined);
});
