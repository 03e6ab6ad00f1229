/**
 * Faults: what an account's next answers do wrong, and how to ask for it.
 *
 * Data and builders only; answers with a status are built in `refusals.ts`,
 * those of the token endpoint in `token_faults.ts`, those of websockets in
 * `socket_faults.ts`. Faults are carried out in `exchange.ts`, `play.ts`,
 * `socket_sink.ts` and `token_endpoint.ts`.
 */

import type { JsonObject } from "../protocol/json.ts";
import type { Coding } from "../protocol/content_coding.ts";
import type { HeaderLine } from "../protocol/headers.ts";
import type { TurnEvent } from "./events.ts";
import { isSocketFault, type SocketFault } from "./socket_fault_kinds.ts";

/** Goes wrong before the first byte of the usual answer. Times in ms. */
export type HeadFault =
  | {
    readonly kind: "status";
    readonly status: number;
    readonly headers: readonly HeaderLine[];
    readonly body: string;
    /** Undefined: head and body leave in one write. */
    readonly bodyAfterMs: number | undefined;
  }
  | { readonly kind: "reset" }
  | { readonly kind: "never_answer" }
  | { readonly kind: "slow_head"; readonly ms: number }
  | {
    readonly kind: "coded";
    readonly coding: Coding;
    /** The answer ends properly, and its coding in the middle. */
    readonly unfinished: boolean;
  };

/** Goes wrong inside a 200; `after` counts the events sent before it. */
export type StreamFault =
  | {
    readonly kind: "failed";
    readonly after: number;
    readonly code: string;
    readonly message: string;
  }
  | {
    readonly kind: "incomplete";
    readonly after: number;
    readonly reason: string;
  }
  | {
    readonly kind: "event";
    readonly after: number;
    readonly event: TurnEvent;
  }
  | { readonly kind: "end"; readonly after: number }
  | {
    readonly kind: "cut";
    readonly after: number;
    readonly midEvent: boolean;
  }
  | {
    readonly kind: "silence";
    readonly after: number;
    /** Infinity: until the client leaves. */
    readonly ms: number;
  }
  | {
    readonly kind: "paced";
    readonly count: number;
    readonly intervalMs: number;
    readonly sizeBytes: number;
  }
  | {
    readonly kind: "extra";
    readonly after: number;
    readonly event: TurnEvent;
  }
  | { readonly kind: "headers"; readonly headers: readonly HeaderLine[] }
  | { readonly kind: "completed_id" };

/** A 101 that no client may accept. */
export type UpgradeFault = { readonly kind: "wrong_accept" };

/** Goes wrong at the token endpoint, after the tokens were rotated. */
export type TokenFault =
  | { readonly kind: "answer_lost" }
  | { readonly kind: "no_refresh_token" }
  | { readonly kind: "undecodable_access_token" };

export type Fault =
  | HeadFault
  | StreamFault
  | SocketFault
  | UpgradeFault
  | TokenFault;

/** Whether an answer over SSE can show it, once its head is out. */
export function isStreamFault(fault: Fault): fault is StreamFault {
  return !isHeadFault(fault) && !isSocketFault(fault) &&
    !isTokenFault(fault) && fault.kind !== "wrong_accept";
}

export function isHeadFault(fault: Fault): fault is HeadFault {
  return fault.kind === "status" || fault.kind === "reset" ||
    fault.kind === "never_answer" || fault.kind === "slow_head" ||
    fault.kind === "coded";
}

export function isTokenFault(fault: Fault): fault is TokenFault {
  return fault.kind === "answer_lost" || fault.kind === "no_refresh_token" ||
    fault.kind === "undecodable_access_token";
}

/** The connection is reset (TCP RST) instead of an answer. */
export function connectionReset(): Fault {
  return { kind: "reset" };
}

/** The request is read and nothing ever comes back. */
export function neverAnswers(): Fault {
  return { kind: "never_answer" };
}

/** The usual answer, `ms` late. */
export function slowHead(ms: number): Fault {
  return { kind: "slow_head", ms };
}

/** The usual answer, encoded whether or not the caller can decode that. */
export function encodedAs(
  coding: Coding,
  { unfinished = false } = {},
): Fault {
  return { kind: "coded", coding, unfinished };
}

/** Ends with `response.failed` after `after` events (C2-ws-failed-*). */
export function responseFailed(
  code: string,
  message: string,
  after = 1,
): Fault {
  return { kind: "failed", after, code, message };
}

/** Ends with `response.incomplete` after `after` events (C2-ws-incomplete-*). */
export function responseIncomplete(reason: string, after = 1): Fault {
  return { kind: "incomplete", after, reason };
}

/** Ends with an `error` event after `after` events (C2, C4-sse-error-event-*). */
export function errorEvent(
  error: JsonObject,
  { status, after = 1 }: { status?: number; after?: number } = {},
): Fault {
  const event = status === undefined
    ? { type: "error", error }
    : { type: "error", status, error };
  return { kind: "event", after, event };
}

/** One more event after `after` others, of any type; then the rest. */
export function extraEvent(event: TurnEvent, after = 1): Fault {
  return { kind: "extra", after, event };
}

/**
 * `response.completed` has another id than `response.created`, and over a
 * websocket that one is continued (I5).
 */
export function otherCompletedId(): Fault {
  return { kind: "completed_id" };
}

/** 200 with an empty body (C4-sse-empty). */
export function emptyStream(): Fault {
  return { kind: "end", after: 0 };
}

/** A clean end without the terminal event (C4-sse-no-completed). */
export function missingTerminal(): Fault {
  return { kind: "end", after: Infinity };
}

/** The connection is cut after `after` events, or in the middle of the next. */
export function cutAfter(after: number, { midEvent = false } = {}): Fault {
  return { kind: "cut", after, midEvent };
}

/** Nothing comes for `ms` after `after` events, then the rest. */
export function silenceAfter(after: number, ms = Infinity): Fault {
  return { kind: "silence", after, ms };
}

/** Answers with `count` deltas of `sizeBytes`, one every `intervalMs`. */
export function pacedDeltas(
  pace: { count: number; intervalMs: number; sizeBytes: number },
): Fault {
  return { kind: "paced", ...pace };
}

/** Further header lines on the 200, such as a differing `openai-model`. */
export function extraHeaders(headers: readonly HeaderLine[]): Fault {
  return { kind: "headers", headers };
}
