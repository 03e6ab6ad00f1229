/**
 * From an inner failure to what a caller may learn of it: the one switch.
 *
 * Names no account. Times are the pool's own: when the first of our accounts
 * is back. What it looks like on the wire is `render.ts`.
 */
import type { Answer, Failure, PoolState } from "../failure/failure.ts";

export type PublicFailure =
  /** Upstream's own words about the request. */
  | { readonly kind: "answer"; readonly answer: Answer }
  /** Upstream's own words about itself; a retry may find it well. */
  | { readonly kind: "upstream_failed"; readonly answer: Answer }
  /** Upstream answered with what is no answer. */
  | { readonly kind: "no_answer"; readonly message: string }
  /** Every account is out of quota until then (milliseconds). */
  | { readonly kind: "spent"; readonly readyAt: number }
  /** No account for a while. */
  | { readonly kind: "busy"; readonly readyAt: number }
  /** No account that a person need not see to first. */
  | { readonly kind: "empty" }
  | { readonly kind: "unreachable" }
  | { readonly kind: "timeout"; readonly message: string }
  /** The sign-in of no account could be refreshed just now. */
  | { readonly kind: "not_refreshed" }
  /** Server-sent events are the way to go on. */
  | { readonly kind: "no_websocket" }
  | { readonly kind: "too_large"; readonly message: string }
  /** Nobody is left to read it. */
  | { readonly kind: "gone" };

export function publicFailure(failure: Failure, now: number): PublicFailure {
  switch (failure.kind) {
    case "request_rejected":
    case "account_refused":
    case "edge_refused":
      return { kind: "answer", answer: failure.answer };
    case "unavailable":
      return failure.answer === undefined
        ? { kind: "not_refreshed" }
        : { kind: "upstream_failed", answer: failure.answer };
    case "no_answer":
    case "timeout":
    case "too_large":
      return { kind: failure.kind, message: failure.message };
    case "no_account":
      return ofPool(failure.pool);
    case "transport":
      return { kind: "unreachable" };
    case "no_websocket":
      return { kind: "no_websocket" };
    case "caller_gone":
      return { kind: "gone" };
    case "access_token_rejected":
    case "account_invalid":
    case "quota_exhausted":
    case "rate_limited":
    case "risk_controlled":
    case "overloaded":
      return { kind: "busy", readyAt: now };
  }
}

function ofPool(pool: PoolState): PublicFailure {
  return pool.state === "empty"
    ? { kind: "empty" }
    : { kind: pool.state, readyAt: pool.readyAt };
}
