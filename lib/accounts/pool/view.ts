/** The accounts, as a decision about the next one sees them. */
import type { AccountView } from "../../policy/input.ts";
import { limitOf } from "../../quota/limit_of.ts";
import { planWeight } from "../../quota/plans.ts";
import type { Credits } from "../../quota/quota.ts";
import type { Account, Scope } from "./account.ts";
import { readinessOf } from "./status.ts";

/** `now` in milliseconds since the epoch. */
export function viewOf(
  account: Account,
  scope: Scope,
  now: number,
): AccountView {
  const { id, inFlight, quota, record: { settings } } = account;
  const state = account.state(now, scope);
  const isCooling = state.state === "cooling";
  return {
    id,
    readiness: readinessOf(state),
    why: isCooling
      ? state.reason
      : state.state === "serving"
      ? undefined
      : state.state,
    until: isCooling ? state.until : undefined,
    inFlight,
    lastSelectedAt: account.selectedAt,
    windows: limitOf(quota, scope.model)?.windows,
    hasCredits: servesBeyond(quota?.credits),
    weight: settings.weight ??
      planWeight(quota?.plan ?? account.credential?.claims.planType),
    paused: settings.paused,
    priority: settings.priority,
    keep: settings.keep,
  };
}

/** Whether upstream goes on serving when the windows are used up. */
function servesBeyond(credits: Credits | undefined): boolean {
  return credits !== undefined && (credits.unlimited || credits.hasCredits) &&
    !credits.overageReached;
}
