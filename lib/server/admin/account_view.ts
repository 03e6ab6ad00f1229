/**
 * An account as `/admin/accounts` shows it: the original's keys and words, and
 * from `duplicate_of` on our own. Never shows a token.
 */
import type { Account } from "../../accounts/pool/account.ts";
import { viewOf } from "../../accounts/pool/view.ts";
import { scoreOf } from "../../policy/by_quota.ts";
import type { AccountView as DecisionView } from "../../policy/input.ts";
import { backAt, whyNotNow } from "../../policy/serving.ts";
import { type QuotaView, quotaView, timeOf } from "./quota_view.ts";

/** Times are RFC 3339 in UTC; null for none. */
export interface AccountView {
  readonly id: string;
  readonly label: string | null;
  readonly email: string | null;
  readonly routing_state: string;
  readonly blocked_reason: string | null;
  readonly blocked_source: string | null;
  readonly blocked_until: string | null;
  readonly account_id: string | null;
  readonly plan_type: string | null;
  readonly refresh_in_flight: boolean;
  readonly in_flight_requests: number;
  readonly access_token_expires_at: string | null;
  readonly last_refresh_at: string | null;
  readonly last_selected_at: string | null;
  readonly last_success_at: string | null;
  readonly last_error_at: string | null;
  readonly last_error: string | null;
  readonly duplicate_of: string | null;
  readonly persist_pending: boolean;
  /** When the account was found to be signed out; null while it is not. */
  readonly signed_out_at: string | null;
  /** Null until upstream has told something. */
  readonly quota: QuotaView | null;
  /** `now`, or why it begins no new turns: with the numbers, too. */
  readonly serves: string;
  /** When it begins turns again; null if it does, or if nobody knows. */
  readonly serves_at: string | null;
  readonly paused: boolean;
  readonly priority: number;
  readonly keep: number;
  /** What its plan allows; null: as upstream names the plan. */
  readonly weight: number | null;
  /** What the rule `expiring` compares; null if nothing is known. */
  readonly score: number | null;
}

export function accountView(account: Account, now: number): AccountView {
  const { credential, history } = account;
  return {
    id: account.id,
    label: account.label ?? null,
    email: account.email ?? null,
    routing_state: routingState(account, now),
    ...blocked(account, now),
    account_id: credential?.claims.accountId ?? null,
    plan_type: credential?.claims.planType ?? null,
    refresh_in_flight: account.refreshInFlight,
    in_flight_requests: account.inFlight,
    access_token_expires_at: timeOf(credential?.expiresAt),
    last_refresh_at: timeOf(history.lastRefreshAt),
    last_selected_at: timeOf(history.lastSelectedAt),
    last_success_at: timeOf(history.lastSuccessAt),
    last_error_at: timeOf(history.lastErrorAt),
    last_error: history.lastError ?? null,
    duplicate_of: account.duplicateOf ?? null,
    persist_pending: account.persistPending,
    signed_out_at: signedOutAt(account, now),
    quota: quotaView(account.record, now),
    ...serving(account, now),
  };
}

type Serving = Pick<
  AccountView,
  | "serves"
  | "serves_at"
  | "paused"
  | "priority"
  | "keep"
  | "weight"
  | "score"
>;

function serving(account: Account, now: number): Serving {
  const view = viewOf(account, {}, now);
  const { paused, priority, keep, weight } = account.record.settings;
  const score = scoreOf(view, now);
  return {
    serves: whyAway(view, now) ?? "now",
    serves_at: servesAt(view, now),
    paused,
    priority,
    keep,
    weight: weight ?? null,
    score: score === undefined ? null : Math.round(score * 1000) / 1000,
  };
}

/**
 * What a person has set comes first, then what keeps it away, then its numbers.
 */
function whyAway(view: DecisionView, now: number): string | undefined {
  if (view.paused) return "paused";
  return view.readiness === "ready" ? whyNotNow(view, now) : view.why;
}

function servesAt(view: DecisionView, now: number): string | null {
  if (view.paused || view.why === "invalid" || view.why === "duplicate") {
    return null;
  }
  if (view.readiness !== "ready") return timeOf(view.until);
  const isOut = whyNotNow(view, now) !== undefined;
  const at = backAt(view, now);
  return isOut && at > now ? timeOf(at) : null;
}

/** The original's words for an account's state. */
export type RoutingState =
  | "cold"
  | "ready"
  | "warming"
  | "cooldown"
  | "risk_controlled"
  | "temporarily_unavailable"
  | "auth_invalid";

export const ROUTING_STATES: readonly RoutingState[] = [
  "cold",
  "ready",
  "warming",
  "cooldown",
  "risk_controlled",
  "temporarily_unavailable",
  "auth_invalid",
];

export function routingState(account: Account, now: number): RoutingState {
  const status = account.status(now);
  switch (status.state) {
    case "invalid":
      return "auth_invalid";
    case "cooling":
      return status.reason === "risk_controlled" ||
          status.reason === "temporarily_unavailable"
        ? status.reason
        : "cooldown";
    case "serving":
      if (account.refreshInFlight) return "warming";
      return account.credential ? "ready" : "cold";
  }
}

function blocked(
  account: Account,
  now: number,
): Pick<AccountView, "blocked_reason" | "blocked_source" | "blocked_until"> {
  const status = account.status(now);
  switch (status.state) {
    case "serving":
      return {
        blocked_reason: null,
        blocked_source: null,
        blocked_until: null,
      };
    case "cooling":
      return {
        blocked_reason: status.reason,
        blocked_source: status.source,
        blocked_until: timeOf(status.until),
      };
    case "invalid":
      return {
        blocked_reason: "auth_invalid",
        blocked_source: "fixed_policy",
        blocked_until: null,
      };
  }
}

function signedOutAt(account: Account, now: number): string | null {
  const status = account.status(now);
  return status.state === "invalid" ? timeOf(status.since) : null;
}
