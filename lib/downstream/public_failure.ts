/**
 * From an inner failure to what a caller may learn of it: the one switch.
 *
 * Names no account. Times say when the first account of the pool is available
 * again. `gateway_answer.ts` chooses status and words.
 */
import type { Failure, PoolState, UpstreamError } from "../failure/failure.ts";

export type PublicFailure =
  /** Upstream's own words about the request. */
  | { readonly kind: "answer"; readonly answer: UpstreamError }
  /** Upstream's own words about an outage; a retry may succeed. */
  | { readonly kind: "upstream_failed"; readonly answer: UpstreamError }
  /** Upstream's answer was one that no request can have, such as a redirect. */
  | { readonly kind: "no_answer"; readonly message: string }
  /** Every account is out of quota until `readyAt` (ms since the epoch). */
  | { readonly kind: "spent"; readonly readyAt: number }
  /** No account is available before `readyAt`. */
  | { readonly kind: "busy"; readonly readyAt: number }
  /** No account can serve until a person adds one or signs in again. */
  | { readonly kind: "empty" }
  | { readonly kind: "paused" }
  | { readonly kind: "unreachable" }
  | { readonly kind: "timeout"; readonly message: string }
  /** No account's access token could be refreshed just now. */
  | { readonly kind: "not_refreshed" }
  /** The caller should use server-sent events instead. */
  | { readonly kind: "no_websocket" }
  | { readonly kind: "too_large"; readonly message: string }
  /** The gateway is stopping; a service manager may start it again at once. */
  | { readonly kind: "stopping" }
  /** The caller has left. */
  | { readonly kind: "gone" };

export function publicFailure(failure: Failure, now: number): PublicFailure {
  switch (failure.kind) {
    case "request_rejected":
    case "account_refused":
    case "edge_refused":
      return { kind: "answer", answer: failure.answer };
    case "unavailable":
      return { kind: "upstream_failed", answer: failure.answer };
    case "not_refreshed":
      return { kind: "not_refreshed" };
    case "no_answer":
    case "timeout":
    case "too_large":
      return { kind: failure.kind, message: failure.message };
    case "no_account":
      return ofPool(failure.pool);
    case "transport":
      return { kind: "unreachable" };
    case "no_websocket":
    case "stopping":
      return { kind: failure.kind };
    case "caller_gone":
      return { kind: "gone" };
    case "access_token_rejected":
    case "account_invalid":
    case "quota_exhausted":
    case "rate_limited":
    case "risk_controlled":
      return { kind: "busy", readyAt: now };
  }
}

function ofPool(pool: PoolState): PublicFailure {
  return pool.state === "empty" || pool.state === "paused"
    ? { kind: pool.state }
    : { kind: pool.state, readyAt: pool.readyAt };
}
