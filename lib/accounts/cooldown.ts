/**
 * How long a failure keeps an account out of the choice, and why.
 *
 * The table of behaviour, and nothing else: applied by `account.ts`.
 */

import type { Failure } from "../failure/failure.ts";
import type { Cooldown, CooldownReason } from "./status.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const MAX_BACKOFF = 30 * MINUTE;
const QUOTA = 5 * MINUTE;
const RISK = 30 * MINUTE;
const REFUSED = 30 * MINUTE;
const UNAVAILABLE = 60 * SECOND;

/**
 * The cooldown after a settled failure; undefined if it is not the account's
 * fault, or if another request may well succeed on it.
 *
 * `level` counts earlier rate limits without a hint. A lease is settled with
 * `access_token_rejected` only when a fresh token was rejected too.
 */
export function cooldownFor(
  failure: Failure,
  level: number,
  now: number,
): Cooldown | undefined {
  switch (failure.kind) {
    case "rate_limited":
      return hinted(failure.retryAfterMs, "rate_limited", now) ?? {
        reason: "rate_limited",
        source: "local_backoff",
        until: now + backoffMs(level),
      };
    case "quota_exhausted":
      return hinted(failure.retryAfterMs, "quota_exhausted", now) ??
        fixed(QUOTA, "quota_exhausted", now);
    case "unavailable":
      return hinted(failure.retryAfterMs, "temporarily_unavailable", now) ??
        fixed(UNAVAILABLE, "temporarily_unavailable", now);
    case "access_token_rejected":
      return fixed(UNAVAILABLE, "temporarily_unavailable", now);
    case "risk_controlled":
      return fixed(RISK, "risk_controlled", now);
    case "account_refused":
      return failure.refused === "plan" || failure.refused === "workspace"
        ? fixed(REFUSED, "temporarily_unavailable", now)
        : undefined;
    case "transport":
    case "account_invalid":
    case "request_rejected":
    case "no_account":
    case "caller_gone":
      return undefined;
  }
}

/** Whether the account's own record should mention it. */
export function isOfAccount(failure: Failure): boolean {
  return failure.kind !== "transport" && failure.kind !== "no_account" &&
    failure.kind !== "caller_gone";
}

/** 1, 2, 4 … seconds, capped at 30 minutes, in milliseconds. */
export function backoffMs(level: number): number {
  return Math.min(MAX_BACKOFF, SECOND * 2 ** Math.min(level, 30));
}

function hinted(
  retryAfterMs: number | undefined,
  reason: CooldownReason,
  now: number,
): Cooldown | undefined {
  return retryAfterMs === undefined
    ? undefined
    : { reason, source: "upstream_retry_after", until: now + retryAfterMs };
}

function fixed(ms: number, reason: CooldownReason, now: number): Cooldown {
  return { reason, source: "fixed_policy", until: now + ms };
}
