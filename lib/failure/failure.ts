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
  /** 5xx, a refresh that failed for now: upstream's trouble, or anybody's. */
  | {
    readonly kind: "unavailable";
    readonly message: string;
    readonly retryAfterMs: number | undefined;
    /** Undefined where it was the token endpoint that failed. */
    readonly answer: Answer | undefined;
  }
  /** Upstream says that the model is at capacity. */
  | {
    readonly kind: "overloaded";
    readonly message: string;
    readonly retryAfterMs: number | undefined;
    readonly answer: Answer;
  }
  /**
   * A refusal that is not the backend's: it has no JSON, so it is a page, or
   * nothing, of whatever stands in front of it.
   */
  | {
    readonly kind: "edge_refused";
    readonly message: string;
    readonly answer: Answer;
  }
  /** An answer that no turn can have, such as a redirect: never passed on. */
  | { readonly kind: "no_answer"; readonly message: string }
  /** The connection cannot be had, or broke: says nothing of the account. */
  | { readonly kind: "transport"; readonly message: string }
  /** Upstream has the request and did not answer in time. */
  | { readonly kind: "timeout"; readonly message: string }
  /** There is no websocket to be had here; server-sent events may well work. */
  | { readonly kind: "no_websocket"; readonly message: string }
  /** The message is larger than upstream takes over a websocket. */
  | { readonly kind: "too_large"; readonly message: string }
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
    case "timeout":
    case "rate_limited":
    case "quota_exhausted":
    case "risk_controlled":
    case "account_refused":
    case "unavailable":
    case "overloaded":
    case "edge_refused":
    case "no_answer":
    case "account_invalid":
      return "fail_over";
    case "request_rejected":
    case "no_websocket":
    case "too_large":
    case "no_account":
    case "caller_gone":
      return "give_up";
  }
}

/**
 * What a failure is about. Only what is about the account is held against it;
 * what is about the service may be a reason to ask another account first.
 */
export type Subject = "account" | "service" | "network" | "request";

/** The one judgement, whichever path the failure came by. */
export function subjectOf(failure: Failure): Subject {
  switch (failure.kind) {
    case "access_token_rejected":
    case "rate_limited":
    case "quota_exhausted":
    case "risk_controlled":
    case "account_invalid":
      return "account";
    case "account_refused":
      // Which account made the reasoning is the conversation's matter.
      return failure.refused === "encrypted_content" ? "request" : "account";
    case "unavailable":
    case "overloaded":
    case "edge_refused":
    case "no_answer":
      return "service";
    case "transport":
    case "timeout":
      return "network";
    case "request_rejected":
    case "no_websocket":
    case "too_large":
    case "no_account":
    case "caller_gone":
      return "request";
  }
}

const MAX_DESCRIPTION = 512;

/** Of what somebody said: a pattern that looks at megabytes can fail. */
const MAX_SAID = 65_536;

/**
 * The one line that the log, `last_error` and the admin port have for a
 * failure: at most 512 characters, no token, and no word of a refused request,
 * which may quote the prompt.
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
    case "request_rejected":
      return isEvent(failure.answer)
        ? "upstream refused the request"
        : `upstream refused the request with status ${failure.answer.status}`;
    case "transport":
    case "timeout":
    case "no_answer":
    case "no_websocket":
    case "too_large":
    case "account_invalid":
      return failure.message;
    case "access_token_rejected":
    case "rate_limited":
    case "quota_exhausted":
    case "risk_controlled":
    case "account_refused":
    case "unavailable":
    case "overloaded":
    case "edge_refused":
      return failure.answer === undefined || isEvent(failure.answer)
        ? failure.message
        : `${failure.answer.status}: ${failure.message}`;
  }
}

/** An event inside a 200 has no status of its own. */
export function isEvent(answer: Answer): boolean {
  return answer.status === 200;
}
