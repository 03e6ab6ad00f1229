/**
 * What went wrong with an attempt, by kind, and what the attempt loop does
 * about it.
 *
 * Does not decide cooldowns (see `accounts/pool/cooldown.ts`) or what a caller may
 * read of a failure (see `downstream/public_failure.ts`).
 */

import { inOneLine } from "./redact.ts";

/** An upstream answer read whole, so that a caller can get it unchanged. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * What upstream said when it failed: an answer with an error status, or an
 * event that ended a turn. An event has the status and the headers of the
 * answer around it, and as its body the websocket frame, the event's JSON for an
 * SDK caller, or the held SSE bytes for a Codex caller; none if the turn was
 * committed already.
 */
export interface UpstreamError extends Answer {
  readonly at: "answer" | "event";
}

/** Why no account is available. `readyAt` in milliseconds since the epoch. */
export type PoolState =
  | { readonly state: "empty" }
  /** A person has paused every account that could serve. */
  | { readonly state: "paused" }
  | { readonly state: "spent"; readonly readyAt: number }
  | { readonly state: "busy"; readonly readyAt: number };

/** What an account may not do that another one may. */
export type Refusal = "plan" | "workspace" | "model" | "encrypted_content";

/** Why an attempt brought no answer to relay. */
export type Failure =
  | {
    readonly kind: "access_token_rejected";
    readonly message: string;
    readonly answer: UpstreamError;
  }
  | {
    readonly kind: "rate_limited";
    readonly message: string;
    readonly retryAfterMs: number | undefined;
    readonly answer: UpstreamError;
  }
  | {
    readonly kind: "quota_exhausted";
    readonly message: string;
    readonly retryAfterMs: number | undefined;
    /** Those of an event; undefined: those of the answer count. */
    readonly headers?: Headers | undefined;
    readonly answer: UpstreamError;
  }
  | {
    readonly kind: "risk_controlled";
    readonly message: string;
    readonly answer: UpstreamError;
  }
  | {
    readonly kind: "account_refused";
    readonly refused: Refusal;
    readonly message: string;
    readonly answer: UpstreamError;
  }
  /** An outage, such as a 5xx. */
  | {
    readonly kind: "unavailable";
    readonly message: string;
    readonly retryAfterMs: number | undefined;
    readonly answer: UpstreamError;
  }
  /** The access token could not be refreshed for now. */
  | {
    readonly kind: "not_refreshed";
    readonly message: string;
    readonly retryAfterMs: number | undefined;
  }
  /**
   * A refusal without JSON, so it comes from something in front of the backend:
   * a page, or an empty body.
   */
  | {
    readonly kind: "edge_refused";
    readonly message: string;
    readonly answer: UpstreamError;
  }
  /** An answer that no request can have, such as a redirect; not passed on. */
  | { readonly kind: "no_answer"; readonly message: string }
  /** The connection failed or broke: says nothing about the account. */
  | { readonly kind: "transport"; readonly message: string }
  /** Upstream did not answer in time. */
  | { readonly kind: "timeout"; readonly message: string }
  /** No websocket is possible; server-sent events may work. */
  | {
    readonly kind: "no_websocket";
    readonly message: string;
    /** Another account would be told the same, so none is asked. */
    readonly everywhere: boolean;
  }
  /** The message is larger than upstream takes over a websocket. */
  | { readonly kind: "too_large"; readonly message: string }
  /** The refresh token is dead. */
  | { readonly kind: "account_invalid"; readonly message: string }
  | {
    readonly kind: "request_rejected";
    readonly message: string;
    readonly answer: UpstreamError;
  }
  | { readonly kind: "no_account"; readonly pool: PoolState }
  /** A stop of the gateway cut it short: the caller is there and may retry. */
  | { readonly kind: "stopping" }
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
    case "not_refreshed":
    case "edge_refused":
    case "no_answer":
    case "account_invalid":
      return "fail_over";
    case "no_websocket":
      return failure.everywhere ? "give_up" : "fail_over";
    case "request_rejected":
    case "too_large":
    case "no_account":
    case "stopping":
    case "caller_gone":
      return "give_up";
  }
}

/**
 * What a failure is about. Only `account` is held against the account;
 * `service` is a reason to try another account first.
 */
export type Subject = "account" | "service" | "network" | "request";

/** The one judgement, for failures over every transport. */
export function subjectOf(failure: Failure): Subject {
  switch (failure.kind) {
    case "access_token_rejected":
    case "rate_limited":
    case "quota_exhausted":
    case "risk_controlled":
    case "account_invalid":
      return "account";
    case "account_refused":
      // The conversation holds another account's reasoning.
      return failure.refused === "encrypted_content" ? "request" : "account";
    case "unavailable":
    case "not_refreshed":
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
    case "stopping":
    case "caller_gone":
      return "request";
  }
}

/**
 * The one line for a failure in the log, `last_error` and the admin port: at
 * most 512 characters, without tokens, and without the words of a request
 * refusal, which may quote the prompt.
 *
 * `secrets` are tokens that `redact` might not recognise.
 */
export function describeFailure(
  failure: Failure,
  secrets: readonly string[] = [],
): string {
  return inOneLine(failureText(failure), secrets);
}

function failureText(failure: Failure): string {
  switch (failure.kind) {
    case "no_account":
      return `no account: the pool is ${failure.pool.state}`;
    case "caller_gone":
      return "the caller left";
    case "stopping":
      return "the gateway was stopped";
    case "request_rejected":
      return failure.answer.at === "event"
        ? "upstream refused the request"
        : `upstream refused the request with status ${failure.answer.status}`;
    case "transport":
    case "timeout":
    case "no_answer":
    case "no_websocket":
    case "too_large":
    case "not_refreshed":
    case "account_invalid":
      return failure.message;
    case "access_token_rejected":
    case "rate_limited":
    case "quota_exhausted":
    case "risk_controlled":
    case "account_refused":
    case "unavailable":
    case "edge_refused":
      return failure.answer.at === "event"
        ? failure.message
        : `${failure.answer.status}: ${failure.message}`;
  }
}
