/** Who may serve, priorities, the simple policies, and what comes last. */
import { assertEquals } from "@std/assert";
import { decide } from "../../lib/policy/decide.ts";
import type { AccountView, Out, PolicyName } from "../../lib/policy/input.ts";
import { type Case, testDecisions } from "./cases.ts";
import {
  AWAY,
  DAY,
  FRESH,
  HOUR,
  input,
  KEPT,
  MINUTE,
  NOW,
  PAUSED,
  short,
  SPENT,
  view,
  week,
} from "./views.ts";

const DOUBTFUL = view("doubtful", { readiness: "doubtful", until: NOW + HOUR });
const TOLD = view("told", { readiness: "told", until: NOW + MINUTE });

const LAST_RESORTS: readonly Case[] = [
  ["none of no accounts", [], {}, undefined, undefined],
  ["none that is away", [AWAY, PAUSED, KEPT], {}, undefined, undefined],
  ["none in doubt without leave", [DOUBTFUL, TOLD], {}, undefined, undefined],
  [
    "none that was tried",
    [DOUBTFUL, SPENT],
    { doubts: ["doubtful"], tried: ["doubtful", "spent"] },
    undefined,
    undefined,
  ],
  [
    "one in doubt",
    [DOUBTFUL, TOLD],
    { doubts: ["doubtful"] },
    "doubtful",
    "last_resort",
  ],
  [
    "the one in doubt that is back first",
    [DOUBTFUL, TOLD],
    { doubts: ["doubtful", "told"] },
    "told",
    "last_resort",
  ],
  [
    "no paused one in doubt",
    [view("ada", { readiness: "doubtful", paused: true }), SPENT],
    { doubts: ["doubtful"] },
    "spent",
    "last_resort",
  ],
  [
    "one in doubt rather than a spent one",
    [SPENT, DOUBTFUL],
    { doubts: ["doubtful"] },
    "doubtful",
    "last_resort",
  ],
  [
    "the spent one that is back first, by all of its windows",
    [
      view("ada", { windows: [short(100, HOUR), week(100, 2 * DAY)] }),
      view("barbara", { windows: [short(90, HOUR), week(100, DAY)] }),
      view("edsger", { windows: [week(100, 3 * DAY)] }),
    ],
    {},
    "barbara",
    "last_resort",
  ],
  [
    "the spent one whose spent window is back first, whatever runs longer",
    [
      view("ada", { windows: [short(100, HOUR), week(50, 6 * DAY)] }),
      view("barbara", { windows: [week(100, DAY)] }),
    ],
    {},
    "ada",
    "last_resort",
  ],
];

const TIERS: readonly Case[] = [
  [
    "the only one that may serve",
    [FRESH, AWAY, SPENT, PAUSED, KEPT],
    {},
    "fresh",
    "only",
  ],
  [
    "the only one of the highest priority",
    [FRESH, view("ada", { priority: 1, windows: [week(97, DAY)] })],
    {},
    "ada",
    "only",
  ],
  [
    "one of a lower priority if no other may serve",
    [
      view("ada", { priority: -1 }),
      view("barbara", { priority: 2, paused: true }),
    ],
    {},
    "ada",
    "only",
  ],
  [
    "by the policy among those of the highest priority",
    [
      view("ada", { priority: 1, inFlight: 2 }),
      view("barbara", { priority: 1, inFlight: 1 }),
      view("edsger"),
    ],
    { policy: "least_in_flight" },
    "barbara",
    "least_in_flight",
  ],
];

testDecisions([...LAST_RESORTS, ...TIERS]);

const OUTS:
  readonly (readonly [string, Partial<AccountView>, Out | undefined])[] = [
    ["with one percent left", { windows: [week(99, DAY)] }, undefined],
    ["with a spent week", { windows: [week(100, DAY)] }, "spent"],
    ["with a spent short window", {
      windows: [short(100, HOUR), week(1, DAY)],
    }, "spent"],
    ["with a spent week whose reset has passed", {
      windows: [week(100, -1)],
    }, undefined],
    ["that is spent and has credits", {
      windows: [week(100, DAY)],
      hasCredits: true,
    }, undefined],
    ["of which nothing is known", { windows: undefined, keep: 50 }, undefined],
    ["that nothing limits", { windows: [], keep: 50 }, undefined],
    ["above what it keeps", { windows: [week(79, DAY)], keep: 20 }, undefined],
    ["at what it keeps", { windows: [week(80, DAY)], keep: 20 }, "kept"],
    ["whose short window is at what it keeps", {
      windows: [short(80, HOUR), week(1, DAY)],
      keep: 20,
    }, "kept"],
    ["with credits below what it keeps", {
      windows: [week(100, DAY)],
      keep: 20,
      hasCredits: true,
    }, "kept"],
    ["in doubt", { readiness: "doubtful" }, "away"],
    ["that is paused", { paused: true, windows: [week(100, DAY)] }, "paused"],
    ["that is paused and away", { paused: true, readiness: "away" }, "away"],
  ];

for (const [name, part, why] of OUTS) {
  Deno.test(`an account ${name} is ${why ?? "not kept out"}`, () => {
    const { out } = decide(input([view("ada", part)]));
    assertEquals(out, why === undefined ? [] : [{ id: "ada", why }]);
  });
}

Deno.test("an account that was tried is nothing else", () => {
  const { out } = decide(input([PAUSED, AWAY], { tried: ["paused", "away"] }));
  assertEquals(out.map(({ why }) => why), ["tried", "tried"]);
});

const BUSY = [
  view("ada", { inFlight: 1, lastSelectedAt: 1 }),
  view("barbara", { inFlight: 0, lastSelectedAt: 9 }),
  view("edsger", { inFlight: 0, lastSelectedAt: 5 }),
  view("grace", { inFlight: 0, lastSelectedAt: 5 }),
];

const SIMPLE: readonly (readonly [
  PolicyName,
  lastPicked: string | undefined,
  account: string,
])[] = [
  ["least_in_flight", "ada", "edsger"],
  ["round_robin", undefined, "ada"],
  ["round_robin", "ada", "barbara"],
  ["round_robin", "carol", "edsger"],
  ["round_robin", "grace", "ada"],
  ["fill_first", "grace", "ada"],
];

for (const [policy, lastPicked, account] of SIMPLE) {
  Deno.test(`${policy} takes ${account} after ${lastPicked ?? "none"}`, () => {
    const decision = decide(input(BUSY, { policy, lastPicked }));
    assertEquals([decision.account, decision.rule], [account, policy]);
  });
}

Deno.test("least_in_flight takes one that was never selected first", () => {
  const accounts = [...BUSY, view("zoe")];
  const { account } = decide(input(accounts, { policy: "least_in_flight" }));
  assertEquals(account, "zoe");
});
