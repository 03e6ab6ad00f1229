/** What the pool has left, and the plan of its largest account. */
import type { AccountView } from "../../policy/input.ts";
import { mayServe, pooled, type PoolFigures } from "../../policy/pooled.ts";
import type { Account } from "./account.ts";
import type { Registry } from "./registry.ts";

/** Undefined if nothing is known of any account. `now` in ms since the epoch. */
export function poolFigures(
  registry: Pick<Registry, "accounts" | "views">,
  now: number,
): PoolFigures | undefined {
  const views = registry.views();
  const figures = pooled(views, now);
  return figures && {
    ...figures,
    // Header lines, which most answers get, do without it.
    get plan() {
      return planIn(registry.accounts(), views);
    },
  };
}

/** Of the largest account that may serve, of those that name their plan. */
function planIn(
  accounts: readonly Account[],
  views: readonly AccountView[],
): string | undefined {
  const weights = new Map(
    views.filter(mayServe).map(({ id, weight }) => [id, weight]),
  );
  const named = accounts.flatMap(({ id, quota, credential }) => {
    const weight = weights.get(id);
    const plan = quota?.plan ?? credential?.claims.planType;
    return weight === undefined || plan === undefined ? [] : { plan, weight };
  });
  const [largest] = named.toSorted((a, b) => b.weight - a.weight);
  return largest?.plan;
}
