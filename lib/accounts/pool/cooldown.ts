/**
 * How long each kind of failure cools down an account, and for what reason.
 *
 * Only computes; `standing.ts` applies the result.
 */

import type { Failure } from "../../failure/failure.ts";
import {
  BACKOFF_MS,
  REFUSED_COOLDOWN_MS,
  REJECTED_COOLDOWN_MS,
  RISK_COOLDOWN_MS,
} from "../../limits.ts";
import type { Cooldown, CooldownReason } from "./status.ts";

/**
 * The cooldown after a failure; undefined if the failure says nothing about the
 * account, or if another request may well succeed on it.
 *
 * `level` is the number of earlier failures in a row without a retry hint.
 * `access_token_rejected` arrives here only if a fresh token was rejected, too.
 */
export function cooldownFor(
  failure: Failure,
  level: (reason: CooldownReason) => number,
  now: number,
): Cooldown | undefined {
  const guessed = (reason: keyof typeof BACKOFF_MS): Cooldown => ({
    reason,
    source: "local_backoff",
    since: now,
    until: now + backoffMs(reason, level(reason)),
  });
  switch (failure.kind) {
    case "rate_limited":
      return hinted(failure.retryAfterMs, "rate_limited", now) ??
        guessed("rate_limited");
    case "unavailable":
    case "not_refreshed":
      return hinted(
        outageMs(failure.retryAfterMs),
        "temporarily_unavailable",
        now,
      ) ??
        guessed("temporarily_unavailable");
    case "edge_refused":
    case "no_answer":
      return guessed("temporarily_unavailable");
    case "access_token_rejected":
      return fixed(REJECTED_COOLDOWN_MS, "temporarily_unavailable", now);
    case "risk_controlled":
      return fixed(RISK_COOLDOWN_MS, "risk_controlled", now);
    case "account_refused":
      return failure.refused === "plan" || failure.refused === "workspace"
        ? fixed(REFUSED_COOLDOWN_MS, "temporarily_unavailable", now)
        : undefined;
    // A block of the limit, not a cooldown (`person_record.ts`).
    case "quota_exhausted":
    case "transport":
    case "timeout":
    case "account_invalid":
    case "request_rejected":
    case "no_websocket":
    case "too_large":
    case "no_account":
    case "stopping":
    case "caller_gone":
      return undefined;
  }
}

/**
 * The hint of an outage, limited: the outage may end long before the time that
 * upstream, or a proxy in front of it, has named.
 */
function outageMs(retryAfterMs: number | undefined): number | undefined {
  return retryAfterMs &&
    Math.min(retryAfterMs, BACKOFF_MS.temporarily_unavailable.longest);
}

/** After `level` failures in a row, in milliseconds; doubles with each. */
export function backoffMs(
  reason: keyof typeof BACKOFF_MS,
  level: number,
): number {
  const { first, longest } = BACKOFF_MS[reason];
  return Math.min(longest, first * 2 ** Math.min(level, 30));
}

function hinted(
  retryAfterMs: number | undefined,
  reason: CooldownReason,
  now: number,
): Cooldown | undefined {
  return retryAfterMs === undefined ? undefined : {
    reason,
    source: "upstream_retry_after",
    since: now,
    until: now + retryAfterMs,
  };
}

function fixed(ms: number, reason: CooldownReason, now: number): Cooldown {
  return { reason, source: "fixed_policy", since: now, until: now + ms };
}
