/** What the headers, the event and the page of usage say. */
import { assertEquals } from "@std/assert";
import { readEvent } from "../../lib/quota/read_event.ts";
import { readHeaders } from "../../lib/quota/read_headers.ts";
import { readPage } from "../../lib/quota/read_page.ts";
import type { Reading } from "../../lib/quota/quota.ts";
import captured from "../fixtures/captures/G14-account-endpoints.json" with {
  type: "json",
};
import { seeded } from "../support/random.ts";

const NOW = 1_795_349_890_000;
const RESET = NOW / 1000 + 9000;

const UNTEXT = { toString: 1, valueOf: 1 };

/** Each limit as `id: class used% reset-in-s, …`, then plan and credits. */
function gist(reading: Reading | undefined): string {
  if (reading === undefined) return "nothing";
  const limits = reading.limits.map(({ id, windows }) =>
    `${id}: ${
      windows.map((one) =>
        `${one.class} ${one.used}% ${
          one.resetsAt === undefined ? "?" : (one.resetsAt - NOW) / 1000
        }`
      ).join(", ")
    }`
  );
  const { plan, credits } = reading;
  return [...limits, plan, credits && `credits ${credits.balance}`]
    .filter(Boolean).join("; ");
}

const HEADERS: Readonly<
  Record<string, readonly [Readonly<Record<string, string>>, string]>
> = {
  "both windows": [{
    "x-codex-plan-type": "plus",
    "x-codex-primary-used-percent": "12.5",
    "x-codex-primary-window-minutes": "300",
    "x-codex-primary-reset-at": String(RESET),
    "x-codex-secondary-used-percent": "34",
    "x-codex-secondary-window-minutes": "10080",
    "x-codex-secondary-reset-at": String(RESET + 100_000),
  }, "codex: short 12.5% 9000, week 34% 109000; plus"],
  "a week in primary": [{
    "x-codex-primary-used-percent": "3",
    "x-codex-primary-window-minutes": "10080",
  }, "codex: week 3% ?"],
  "another family, and credits": [{
    "x-codex-bengalfox-primary-used-percent": "100",
    "x-codex-bengalfox-primary-reset-after-seconds": "60",
    "x-codex-primary-used-percent": "101",
    "x-codex-primary-reset-at": String(RESET),
    "x-codex-credits-has-credits": "True",
    "x-codex-credits-unlimited": "0",
    "x-codex-credits-balance": "4.20",
  }, "codex: short 100% 9000; codex_bengalfox: short 100% 60; credits 4.20"],
  "the first of two values": [{
    "x-codex-primary-used-percent": "7, 99",
    "x-codex-primary-window-minutes": "300, 10080",
  }, "codex: short 7% ?"],
  "no used percent": [{ "x-codex-primary-window-minutes": "300" }, "nothing"],
  "a window that says nothing but 0": [
    { "x-codex-primary-used-percent": "0", "x-codex-plan-type": "pro" },
    "pro",
  ],
  "figures that are none": [{
    "x-codex-primary-used-percent": "-1",
    "x-codex-secondary-used-percent": "40",
    "x-codex-secondary-window-minutes": "1e9",
    "x-codex-secondary-reset-at": "99999999999999",
  }, "codex: week 40% ?"],
  "a reset that is none, and the time until it": [{
    "x-codex-primary-used-percent": "40",
    "x-codex-primary-window-minutes": "300",
    "x-codex-primary-reset-at": "99999999999999",
    "x-codex-primary-reset-after-seconds": "60",
  }, "codex: short 40% 60"],
};

for (const [what, [headers, expected]] of Object.entries(HEADERS)) {
  Deno.test(`readHeaders() with ${what}`, () => {
    assertEquals(
      gist(readHeaders(new Headers(headers), NOW)),
      expected,
    );
    const turned = Object.fromEntries(Object.entries(headers).toReversed());
    const reading = readHeaders(
      new Headers({ ...turned, "x-other": "1" }),
      NOW,
    );
    assertEquals(gist(reading), expected);
  });
}

const EVENTS: Readonly<Record<string, readonly [unknown, string]>> = {
  "both windows": [{
    type: "codex.rate_limits",
    plan_type: "plus",
    rate_limits: {
      allowed: true,
      primary: { used_percent: 40, window_minutes: 300, reset_at: RESET },
      secondary: { used_percent: 7, window_minutes: 10_080 },
    },
  }, "codex: short 40% 9000, week 7% ?; plus"],
  "a family by its metered name": [{
    type: "codex.rate_limits",
    metered_limit_name: "Codex-Bengalfox",
    limit_name: "gpt-6.2-sol",
    rate_limits: { primary: { used_percent: 1, window_minutes: 300 } },
  }, "codex_bengalfox: short 1% ?"],
  "credits alone": [{
    type: "codex.rate_limits",
    credits: { has_credits: false, unlimited: true, balance: "0" },
  }, "credits 0"],
  "another type": [{ type: "error", rate_limits: {} }, "nothing"],
  "nothing in it": [
    { type: "codex.rate_limits", rate_limits: null },
    "nothing",
  ],
  "windows that are none": [{
    type: "codex.rate_limits",
    rate_limits: { primary: [], secondary: { used_percent: "x" } },
  }, "nothing"],
  "values that neither a text nor a number can be made of": [{
    type: "codex.rate_limits",
    plan_type: "plus",
    metered_limit_name: UNTEXT,
    rate_limits: { primary: { used_percent: UNTEXT, reset_at: UNTEXT } },
    credits: { has_credits: UNTEXT, unlimited: UNTEXT, balance: UNTEXT },
  }, "plus"],
};

for (const [what, [event, expected]] of Object.entries(EVENTS)) {
  Deno.test(`readEvent() with ${what}`, () => {
    assertEquals(gist(readEvent(JSON.stringify(event), NOW)), expected);
    const more = { a: 1, ...Object(event), z: { type: "x" } };
    assertEquals(gist(readEvent(JSON.stringify(more), NOW)), expected);
  });
}

function page(body: unknown, accountId?: string): string {
  const bytes = new TextEncoder().encode(
    typeof body === "string" ? body : JSON.stringify(body),
  );
  return gist(readPage(bytes, { accountId, now: NOW }));
}

const PAGE = captured.usage.body;

Deno.test("readPage() reads the captured page", () => {
  assertEquals(
    page(PAGE, "acct-0000-fake"),
    "codex: short 12% 9000, week 34% 300000; plus; credits 0",
  );
  assertEquals(page({ ...PAGE, unknown: [{}] }), page(PAGE));
});

Deno.test("readPage() counts resets in whole numbers", () => {
  const resets = (available_count: unknown) =>
    readPage(
      new TextEncoder().encode(JSON.stringify({
        plan_type: "plus",
        rate_limit_reset_credits: { available_count },
      })),
      { accountId: undefined, now: NOW },
    )?.resetCredits;
  assertEquals([2, "3", 1.5, 1e17, -1, null].map(resets), [
    2,
    3,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("readPage() reads the limits of model families", () => {
  const rate_limit = PAGE.rate_limit;
  const more = [
    {
      limit_name: "gpt-6.2-sol",
      metered_feature: "codex_bengalfox",
      rate_limit,
    },
    {
      limit_name: "no windows",
      metered_feature: "codex_empty",
      rate_limit: null,
    },
    { metered_feature: "codex", rate_limit },
    "no entry",
  ];
  assertEquals(
    page({ plan_type: "pro", rate_limit: null, additional_rate_limits: more }),
    "codex_bengalfox: short 12% 9000, week 34% 300000; pro",
  );
});

const NO_PAGES: Readonly<Record<string, readonly [unknown, string?]>> = {
  "HTML": ["<html>"],
  "half a page": ['{"plan_type":"plus","rate_limit":{'],
  "a page without a plan": [{ rate_limit: PAGE.rate_limit }],
  "another account's page": [PAGE, "acct-other"],
  "a page of megabytes": [{ plan_type: "plus", x: "x".repeat(300_000) }],
};

for (const [what, [body, accountId]] of Object.entries(NO_PAGES)) {
  Deno.test(`readPage() takes nothing of ${what}`, () => {
    assertEquals(page(body, accountId), "nothing");
  });
}

Deno.test("at most 16 limits are read, the same ones in whatever order", () => {
  const names = Array.from(
    { length: 40 },
    (_, n) => `x-f${n}-primary-used-percent`,
  );
  const random = seeded(5);
  const read = () =>
    readHeaders(
      new Headers(
        names.map((name) => ({ name, at: random.int(1_000_000) })).sort((
          a,
          b,
        ) => a.at - b.at)
          .map(({ name }): [string, string] => [name, "9"]),
      ),
      NOW,
    )?.limits.map(({ id }) => id);
  const [one, other] = [read(), read()];
  assertEquals(one?.length, 16);
  assertEquals(one, other);
});

Deno.test("of many limits the usual one is read, whatever the others are called", () => {
  const names = Array.from({ length: 20 }, (_, n) => `a${n}`);
  const headers = new Headers(
    [...names, "codex"].map((name): [string, string] => [
      `x-${name}-primary-used-percent`,
      "9",
    ]),
  );
  const ids = readHeaders(headers, NOW)?.limits.map(({ id }) => id) ?? [];
  assertEquals([ids.length, ids.includes("codex")], [16, true]);
});
