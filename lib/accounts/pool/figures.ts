/** What the pool has left, and the plan of its largest account. */
import type { AccountView } from "../../policy/input.ts";
import { mayServe, pooled, type PoolFigures } from "../../policy/pooled.ts";
import { planWeight } from "../../quota/plans.ts";
import { USUAL_LIMIT } from "../../quota/quota.ts";
import type { Account } from "./account.ts";

/** Undefined if nothing is known of any account. `now` in ms since the epoch. */
export function poolFigures(
  accounts: readonly Account[],
  now: number,
): PoolFigures | undefined {
  const views = accounts.map((account) => viewOf(account, now));
  const figures = pooled(views, now);
  return figures && { ...figures, plan: largestPlan(accounts, views) };
}

/** Of the accounts that may serve; undefined if none names its plan. */
export function largestPlan(
  accounts: readonly Account[],
  views: readonly AccountView[],
): string | undefined {
  const weights = new Map(
    views.filter(mayServe).map(({ id, weight }) => [id, weight]),
  );
  const named = accounts.flatMap((account) => {
    const weight = weights.get(account.id);
    const plan = planOf(account);
    return weight === undefined || plan === undefined ? [] : { plan, weight };
  });
  const [largest] = named.toSorted((a, b) => b.weight - a.weight);
  return largest?.plan;
}

export function planOf({ quota, credential }: Account): string | undefined {
  return quota?.plan ?? credential?.claims.planType;
}

export function viewOf(account: Account, now: number): AccountView {
  const state = account.state(now);
  const readiness = account.readiness(now);
  return {
    id: account.id,
    readiness,
    why: state.state === "cooling"
      ? state.reason
      : state.state === "serving"
      ? undefined
      : state.state,
    until: state.state === "cooling" ? state.until : undefined,
    inFlight: account.inFlight,
    windows: account.quota?.limits.get(USUAL_LIMIT)?.windows,
    hasCredits: account.quota?.credits?.hasCredits ?? false,
    weight: planWeight(planOf(account)),
    paused: false,
    priority: 0,
    keep: 0,
  };
}
