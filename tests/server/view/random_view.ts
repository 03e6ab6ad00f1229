/** Views that change by chance, for tests of patches and of the page. */
import { byName, type ViewParts } from "../../../lib/server/view/view.ts";
import type { TurnView } from "../../../lib/server/view/turn_view.ts";
import type { Random } from "../../support/random.ts";
import { sampleAccount, sampleDecision, sampleTurn } from "./sample.ts";

const NAMES = ["ada", "bob2", "bob10", "<b>cy</b>", "Dora", "émile"] as const;
const TURNS = 12;

/** The next view: one or more of its parts are different. */
export function randomlyChanged(parts: ViewParts, random: Random): ViewParts {
  let next = parts;
  do {
    next = CHANGES[random.int(CHANGES.length)]?.(next, random) ?? next;
  } while (next === parts || random.oneIn(2));
  return next;
}

type Change = (parts: ViewParts, random: Random) => ViewParts;

const CHANGES: readonly Change[] = [
  changeAccount,
  removeAccount,
  beginTurn,
  endTurn,
  decide,
  changePool,
  changeProblems,
];

function changeAccount(parts: ViewParts, random: Random): ViewParts {
  const id = random.pick(NAMES);
  const used = random.int(100);
  const isOut = random.oneIn(3);
  const account = sampleAccount(id, {
    in_flight_requests: random.int(4),
    keep: random.oneIn(4) ? 20 : 0,
    week: random.oneIn(4) ? null : {
      class: "week",
      minutes: 10_080,
      left_percent: used,
      resets_at: LATER,
      running: !random.oneIn(5),
    },
    quota: {
      observed_at: EARLIER,
      source: "headers",
      plan_type: "plus",
      limits: [],
      credits: null,
      reset_credits: null,
      spend: null,
    },
    state: isOut
      ? { mark: "limited", words: "used up", until: LATER }
      : { mark: "ready", words: "ready", until: null },
    forecast: random.oneIn(2) ? null : { kind: "used_up", at: LATER },
    last_success_at: random.oneIn(2) ? null : EARLIER,
  });
  const others = parts.accounts.filter((one) => one.id !== id);
  return { ...parts, accounts: [...others, account].sort(byName) };
}

const EARLIER = "2026-11-29T11:00:00Z";
const LATER = "2026-12-01T12:00:00Z";

function removeAccount(parts: ViewParts, random: Random): ViewParts {
  const id = random.pick(NAMES);
  return { ...parts, accounts: parts.accounts.filter((one) => one.id !== id) };
}

function inOrder(turns: readonly TurnView[]): readonly TurnView[] {
  return turns.toSorted((a, b) =>
    Number(a.outcome !== null) - Number(b.outcome !== null) || b.id - a.id
  );
}

function beginTurn(parts: ViewParts): ViewParts {
  const id = Math.max(0, ...parts.turns.map((turn) => turn.id)) + 1;
  return { ...parts, turns: inOrder([sampleTurn(id), ...parts.turns]) };
}

function endTurn(parts: ViewParts, random: Random): ViewParts {
  const open = parts.turns.filter(({ outcome }) => outcome === null);
  if (open.length === 0) return parts;
  const turn = random.pick(open);
  const ended = {
    ...turn,
    outcome: random.pick(["completed", "failed"]),
    ms: random.int(90_000),
    tokens: { input: 10 + random.int(1e6), cached: 5, output: 7, reasoning: 0 },
  };
  const turns = parts.turns.map((one) => one === turn ? ended : one);
  const kept = turns.filter(({ outcome }) => outcome !== null)
    .toSorted((a, b) => b.id - a.id).slice(0, TURNS);
  const rest = turns.filter(({ outcome }) => outcome === null);
  return { ...parts, turns: inOrder([...rest, ...kept]) };
}

function decide(parts: ViewParts): ViewParts {
  const [latest] = parts.decisions;
  const made = sampleDecision((latest?.id ?? 0) + 1);
  return { ...parts, decisions: [made, ...parts.decisions].slice(0, 5) };
}

function changePool(parts: ViewParts, random: Random): ViewParts {
  const pool = {
    ...parts.pool,
    turns_open: random.int(9),
    headline: random.oneIn(2)
      ? ["Everything is used up; ada is back ", { at: LATER }, "."]
      : [`Ready. ${random.int(100)} % of this week is left.`],
    forecast: random.oneIn(2) ? null : { kind: "lasts", at: LATER } as const,
  };
  return { ...parts, pool };
}

function changeProblems(parts: ViewParts, random: Random): ViewParts {
  const problems = [
    { kind: "signed_out", text: "bob is signed out.", cure: "codaze login" },
    { kind: "network", text: "No network.", cure: "Wait." },
  ].filter(() => random.oneIn(2));
  return { ...parts, problems };
}
