/**
 * What went wrong with an attempt, by kind, and what the attempt loop does
 * about it.
 *
 * Holds no rules about accounts (see `accounts/cooldown.ts`) and none about
 * what a caller may read of a failure (see `downstream/render.ts`).
 */

import { redact } from "./redact.ts";

/**
 * An upstream answer read whole, so that a caller can be given it unchanged.
 * For an in-band failure: status 200, and the body is the held SSE bytes.
 */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Why no account could be had. `readyAt` is in milliseconds since the epoch. */
export type PoolState =
  | { readonly state: "empty" }
  | { readonly state: "spent"; readonly readyAt: number }
  | { readonly state: "busy"; readonly readyAt: number };

/** What exactly an account may not do that another one may. */
export type Refusal = "plan" | "workspace" | "model" | "encrypted_content";

/** Why an attempt gave no response worth relaying. */
export type Failure =
  | {
    readonly kind: "access_token_rejected";
    readonly message: string;
    readonly answer: Answer;
  }
  | {
    readonly kind: "rate_limited";
    readonly message: string;
    readonly retryAfterMs: number | undefined;
    readonly answer: Answer;
  }
  | {
    readonly kind: "quota_exhausted";
    readonly message: string;
    readonly retryAfterMs: number | undefined;
    readonly answer: Answer;
  }
  | {
    readonly kind: "risk_controlled";
    readonly message: string;
    readonly answer: Answer;
  }
  | {
    readonly kind: "account_refused";
    readonly refused: Refusal;
    readonly message: string;
    readonly answer: Answer;
  }
  /** 5xx, a 403 of no other kind, a refresh that failed for now. */
  | {
    readonly kind: "unavailable";
    readonly message: string;
    readonly retryAfterMs: number | undefined;
    readonly answer: Answer | undefined;
  }
  /** No answer at all: not the account's fault. */
  | { readonly kind: "transport"; readonly message: string }
  /** The refresh token is dead. */
  | { readonly kind: "account_invalid"; readonly message: string }
  | {
    readonly kind: "request_rejected";
    readonly message: string;
    readonly answer: Answer;
  }
  | { readonly kind: "no_account"; readonly pool: PoolState }
  | { readonly kind: "caller_gone" };

export type NextStep = "refresh" | "fail_over" | "give_up";

/** What the attempt loop does about a failure. Total: no default branch. */
export function nextStep(failure: Failure): NextStep {
  switch (failure.kind) {
    case "access_token_rejected":
      return "refresh";
    case "transport":
    case "rate_limited":
    case "quota_exhausted":
    case "risk_controlled":
    case "account_refused":
    case "unavailable":
    case "account_invalid":
      return "fail_over";
    case "request_rejected":
    case "no_account":
    case "caller_gone":
      return "give_up";
  }
}

const MAX_DESCRIPTION = 512;

/** Of what somebody said: a pattern that looks at megabytes can fail. */
const MAX_SAID = 65_536;

/**
 * One line for `last_error` and the log: at most 512 characters and no token.
 *
 * `secrets` are tokens that do not look like one and still must not show.
 */
export function describeFailure(
  failure: Failure,
  secrets: readonly string[] = [],
): string {
  // Redacted before it is cut: half a token is no longer recognised as one.
  const said = failureText(failure).slice(0, MAX_SAID);
  const text = redact(said, secrets).replaceAll(/\s+/g, " ");
  return text.length <= MAX_DESCRIPTION
    ? text
    : text.slice(0, MAX_DESCRIPTION - 1).toWellFormed() + "…";
}

function failureText(failure: Failure): string {
  switch (failure.kind) {
    case "no_account":
      return `no account: the pool is ${failure.pool.state}`;
    case "caller_gone":
      return "the caller left";
    case "transport":
    case "account_invalid":
      return failure.message;
    case "access_token_rejected":
    case "rate_limited":
    case "quota_exhausted":
    case "risk_controlled":
    case "account_refused":
    case "unavailable":
    case "request_rejected":
      // An event inside a 200 has no status of its own.
      return failure.answer === undefined || failure.answer.status === 200
        ? failure.message
        : `${failure.answer.status}: ${failure.message}`;
  }
}
