/**
 * Whether an account may serve, as a union with pure transitions.
 *
 * Knows no failures: `cooldown.ts` says what cools down an account, and for how
 * long.
 */

import { lasts } from "../../clock.ts";
import type { Readiness } from "../../policy/input.ts";

export type CooldownReason =
  | "rate_limited"
  | "quota_exhausted"
  | "risk_controlled"
  | "temporarily_unavailable";

/** Who chose the length of a cooldown. */
export type CooldownSource =
  | "upstream_retry_after"
  | "local_backoff"
  | "fixed_policy";

/** Times are in milliseconds since the epoch. */
export interface Cooldown {
  readonly reason: CooldownReason;
  readonly source: CooldownSource;
  readonly since: number;
  readonly until: number;
}

/** An `invalid` account has no cooldown to wait for, so it cannot hold one. */
export type Status =
  | { readonly state: "serving" }
  | { readonly state: "cooling" } & Cooldown
  | { readonly state: "invalid"; readonly since: number };

/** A duplicate never serves, whatever its own status is. */
export type AccountState =
  | Status
  | {
    readonly state: "duplicate";
    /** The id of the account that serves. */
    readonly of: string;
  };

export const SERVING: Status = { state: "serving" };

/** The status as of `now`: serving once the cooldown is over. */
export function statusAt(status: Status, now: number): Status {
  if (status.state !== "cooling") return status;
  const { since, until } = status;
  // Never longer than planned, even if the clock is turned back.
  return lasts({ since, ms: until - since, now }) ? status : SERVING;
}

/**
 * Cooldowns never shorten each other, but what upstream said replaces what we
 * guessed, and never the other way round. An invalid account stays invalid.
 * `status` must be current (`statusAt`).
 */
export function coolDown(status: Status, cooldown: Cooldown): Status {
  if (status.state === "invalid") return status;
  const cooling: Status = { state: "cooling", ...cooldown };
  if (status.state === "serving" || isGuess(status)) return cooling;
  if (isGuess(cooling)) return status;
  return status.until >= cooldown.until ? status : cooling;
}

/** Whether an account in this state may be chosen. */
export function readinessOf(state: AccountState): Readiness {
  switch (state.state) {
    case "serving":
      return "ready";
    case "cooling":
      if (isGuess(state)) return "doubtful";
      return isOutage(state) ? "told" : "away";
    case "invalid":
    case "duplicate":
      return "away";
  }
}

/**
 * Whether the account cools down only because we guess so: upstream failed and
 * did not say for how long.
 */
export function isGuess(status: Status): boolean {
  return isOutage(status) && status.state === "cooling" &&
    status.source === "local_backoff";
}

/**
 * Whether the account cools down only for an outage of upstream's, which says
 * nothing about the account. It may serve if no other account can.
 */
export function isOutage(status: Status): boolean {
  return status.state === "cooling" &&
    status.reason === "temporarily_unavailable" &&
    status.source !== "fixed_policy";
}

/** A person may end any cooldown, but cannot revive a dead token. */
export function wake(status: Status): Status {
  return status.state === "invalid" ? status : SERVING;
}

/** Keeps the first time: that is when the account was lost. */
export function invalidate(status: Status, now: number): Status {
  return status.state === "invalid" ? status : { state: "invalid", since: now };
}
