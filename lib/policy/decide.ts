/**
 * Which account serves the next attempt, and by which rule. Pure: no clock, no
 * chance, no memory.
 *
 * First who may serve at all, then the session's owner, then the highest
 * priority, and among equals the policy (docs/quota.md, "How the policy
 * thinks").
 */
import type {
  AccountView,
  Decision,
  DecisionInput,
  Out,
  Rule,
} from "./input.ts";
import { byQuota } from "./by_quota.ts";
import { fillFirst, leastInFlight, roundRobin } from "./simple.ts";
import { backAt, whyNotNow } from "./serving.ts";

/** The order of the accounts in the input does not matter. */
export function decide(given: DecisionInput): Decision {
  const input = inOrder(given);
  const outs = outsOf(input);
  const eligible = input.accounts.filter(({ id }) => !outs.has(id));
  const picked = ofSession(eligible, outs, input) ?? best(eligible, input) ??
    refusedInTurn(outs, input) ?? lastResort(outs, input);
  return {
    account: picked?.account.id,
    rule: picked?.rule,
    out: Array.from(outs, ([id, why]) => ({ id, why })),
  };
}

/** Why accounts may not serve, without those that may. */
function outsOf(input: DecisionInput): Outs {
  const outs = new Map<string, Out>();
  for (const account of input.accounts) {
    const why = whyOut(account, input);
    if (why !== undefined) outs.set(account.id, why);
  }
  return outs;
}

type Outs = ReadonlyMap<string, Out>;

/** With its accounts by id, as those of the registry are already. */
function inOrder(input: DecisionInput): DecisionInput {
  const { accounts } = input;
  const isSorted = accounts.every((one, at) =>
    at === 0 || byId(accounts[at - 1] ?? one, one) < 0
  );
  return isSorted ? input : { ...input, accounts: accounts.toSorted(byId) };
}

function byId(a: AccountView, b: AccountView): number {
  return a.id < b.id ? -1 : 1;
}

interface Picked {
  readonly account: AccountView;
  readonly rule: Rule;
}

/** Undefined for an account that may serve. */
function whyOut(account: AccountView, input: DecisionInput): Out | undefined {
  if (input.tried.includes(account.id)) return "tried";
  if (account.readiness !== "ready") return "away";
  return whyNotNow(account, input.now);
}

/** Numbers alone never move a session: its prompt is cached at its owner. */
function ofSession(
  eligible: readonly AccountView[],
  outs: Outs,
  { accounts, owner, isConnected, standIn, inTurn }: DecisionInput,
): Picked | undefined {
  const find = (id: string | undefined) =>
    id === undefined ? undefined : eligible.find((one) => one.id === id);
  const own = find(owner);
  if (own) return { account: own, rule: "owner" };
  const away = accounts.find(({ id }) => id === owner);
  // Upstream checks limits when a turn begins, and lets it end.
  if (inTurn && away && ENDS_ITS_TURN.has(outs.get(away.id))) {
    return { account: away, rule: "in_turn" };
  }
  // A guess of ours is no reason to leave a connection that works.
  if (isConnected && away && isGuessed(away)) {
    return { account: away, rule: "owner" };
  }
  const other = find(standIn);
  return other && { account: other, rule: "owner" };
}

/**
 * The owner of the turn, refused for its quota: upstream refuses turns that
 * begin, and may still let this one end.
 */
function refusedInTurn(
  outs: Outs,
  { accounts, owner, inTurn }: DecisionInput,
): Picked | undefined {
  const own = accounts.find(({ id, why }) =>
    id === owner && outs.get(id) === "away" && why === "quota_exhausted"
  );
  return inTurn && own ? { account: own, rule: "in_turn" } : undefined;
}

function isGuessed({ readiness, paused }: AccountView): boolean {
  return readiness === "doubtful" && !paused;
}

const ENDS_ITS_TURN: ReadonlySet<Out | undefined> = new Set<Out>([
  "paused",
  "spent",
  "kept",
]);

function best(
  eligible: readonly AccountView[],
  input: DecisionInput,
): Picked | undefined {
  const highest = Math.max(...eligible.map(({ priority }) => priority));
  const tier = eligible.filter(({ priority }) => priority === highest);
  const [only, ...others] = tier;
  if (only === undefined) return undefined;
  if (others.length === 0) return { account: only, rule: "only" };
  switch (input.policy) {
    case "quota":
      return byQuota(tier, input);
    case "least_in_flight":
      return { account: leastInFlight(tier), rule: input.policy };
    case "round_robin":
      return {
        account: roundRobin(tier, input.lastPicked),
        rule: input.policy,
      };
    case "fill_first":
      return { account: fillFirst(tier), rule: input.policy };
  }
}

/**
 * Without the gateway the caller would have asked: so an account in doubt
 * serves, then one that only its numbers keep out. Upstream has the last word.
 */
function lastResort(
  outs: Outs,
  { accounts, doubts, owner, now }: DecisionInput,
): Picked | undefined {
  const doubtful = accounts.filter(({ id, readiness, paused }) =>
    outs.get(id) === "away" && !paused &&
    doubts.some((doubt) => doubt === readiness)
  );
  const spent = accounts.filter(({ id }) => outs.get(id) === "spent");
  const account = soonest(doubtful, ({ until = now }) => until) ??
    spent.find(({ id }) => id === owner) ??
    soonest(spent, (one) => backAt(one, now));
  return account && { account, rule: "last_resort" };
}

function soonest(
  accounts: readonly AccountView[],
  at: (account: AccountView) => number,
): AccountView | undefined {
  const [first] = accounts.toSorted((a, b) => at(a) - at(b));
  return first;
}
