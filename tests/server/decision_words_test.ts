import { assertEquals } from "@std/assert";
import { decide } from "../../lib/policy/decide.ts";
import type {
  AccountView,
  DecisionInput,
  Out,
  PolicyName,
  Rule,
} from "../../lib/policy/input.ts";
import type { Window } from "../../lib/quota/quota.ts";
import {
  behindWords,
  outWords,
  ruleWords,
} from "../../lib/server/admin/decision_words.ts";

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function week(used: number, leftMs = 3 * DAY): Window {
  const minutes = 7 * 24 * 60;
  const resetsAt = NOW + leftMs;
  return { class: "week", minutes, used, resetsAt, running: used > 0 };
}

function account(id: string, fields: Partial<AccountView> = {}): AccountView {
  return {
    id,
    readiness: "ready",
    inFlight: 0,
    windows: [week(40)],
    hasCredits: false,
    weight: 1,
    paused: false,
    priority: 0,
    keep: 0,
    ...fields,
  };
}

function asked(
  accounts: readonly AccountView[],
  fields: Partial<DecisionInput> = {},
): DecisionInput {
  const policy: PolicyName = "quota";
  return {
    now: NOW,
    policy,
    inTurn: false,
    tried: [],
    doubts: [],
    accounts,
    ...fields,
  };
}

const A = account("a");
const B = account("b", { windows: [week(80)] });
const SPENT = account("s", { windows: [week(100, HOUR)] });
const UNKNOWN = { windows: undefined };

const CHOSEN: ReadonlyArray<
  [rule: Rule | undefined, input: DecisionInput, words: string]
> = [
  [
    "owner",
    asked([A, B], { owner: "b" }),
    "the session is at home there, with its cached prompt",
  ],
  [
    "in_turn",
    asked([A, SPENT], { owner: "s", inTurn: true }),
    "the turn has begun there, and upstream lets it end there",
  ],
  ["only", asked([A, SPENT]), "no other account may serve"],
  [
    "only",
    asked([account("a", { priority: 2 }), B]),
    "no other account that may serve has a priority as high as 2",
  ],
  [
    "open",
    asked([account("a", { windows: [week(0, 7 * DAY)] }), B]),
    "its week is not running, and begins with this turn",
  ],
  [
    "expiring",
    asked([A, B]),
    "the rest of its week is most in danger: 60% left for 3 d",
  ],
  [
    "unknown",
    asked([account("a", UNKNOWN), account("b", UNKNOWN)]),
    "nothing is known of any account, and it has the fewest turns in flight",
  ],
  [
    "least_in_flight",
    asked([A, B], { policy: "least_in_flight" }),
    "it has the fewest turns in flight",
  ],
  [
    "round_robin",
    asked([A, B], { policy: "round_robin" }),
    "it is next in turn",
  ],
  [
    "fill_first",
    asked([A, B], { policy: "fill_first" }),
    "it is the first by id that may serve",
  ],
  [
    "last_resort",
    asked([SPENT]),
    "no account may serve, so the most hopeful one is asked: upstream has the last word",
  ],
  [
    undefined,
    asked([account("a", { paused: true })]),
    "no account may serve",
  ],
  [undefined, asked([]), "there are no accounts"],
];

for (const [rule, input, words] of CHOSEN) {
  Deno.test(`ruleWords() of ${rule}: ${words}`, () => {
    const decision = decide(input);
    assertEquals(decision.rule, rule);
    assertEquals(ruleWords(decision, input), words);
  });
}

const OUT: ReadonlyArray<
  [why: Out, fields: Partial<AccountView>, words: string]
> = [
  ["tried", {}, "was asked already"],
  [
    "paused",
    { paused: true },
    "paused: codaze accounts resume brings it back",
  ],
  [
    "spent",
    { windows: [week(100, 2 * HOUR)] },
    "used up, for another 2 h",
  ],
  [
    "kept",
    { windows: [week(85, 2 * HOUR)], keep: 20 },
    "down to the 20% that it keeps for its owner, for another 2 h",
  ],
  ["away", { why: "invalid" }, "signed out: codaze login"],
  [
    "away",
    { why: "duplicate" },
    "another account of the same person serves",
  ],
  [
    "away",
    { why: "quota_exhausted", until: NOW + 90_000 },
    "out of quota: upstream has refused it, for another 2 min",
  ],
  [
    "away",
    { why: "rate_limited", until: NOW + 1_000 },
    "rate limited, for another 1 s",
  ],
  [
    "away",
    { why: "risk_controlled", until: NOW + 30 * 60_000 },
    "held back, because upstream found it suspicious, for another 30 min",
  ],
  [
    "away",
    {
      why: "temporarily_unavailable",
      until: NOW + 4_000,
      readiness: "doubtful",
    },
    "upstream had trouble with it, for another 4 s, by a guess of ours",
  ],
  ["away", { why: "something_new" }, "something new"],
];

for (const [why, fields, words] of OUT) {
  Deno.test(`outWords() of ${why}: ${words}`, () => {
    assertEquals(outWords(account("a", fields), why, NOW), words);
  });
}

const BEHIND: ReadonlyArray<
  [
    rule: Rule,
    fields: Partial<AccountView>,
    words: string,
    chosen?: Partial<AccountView>,
  ]
> = [
  ["owner", {}, "may serve, but the session stays where it is"],
  ["in_turn", {}, "may serve, but the session stays where it is"],
  [
    "only",
    { priority: -1 },
    "may serve, but its priority is lower (-1)",
  ],
  ["expiring", {}, "may serve, but comes later: 60% left for 3 d"],
  [
    "expiring",
    { windows: [week(0, 7 * DAY)] },
    "may serve, but comes later: 100% left, not running",
  ],
  [
    "open",
    UNKNOWN,
    "may serve, but comes later: nothing is known of its quota",
  ],
];

for (const [rule, fields, words] of BEHIND) {
  Deno.test(`behindWords() of ${rule}: ${words}`, () => {
    const facts = { chosen: account("x"), rule, now: NOW };
    assertEquals(behindWords(account("a", fields), facts), words);
  });
}
