/**
 * Faults: what an account's next answers do wrong.
 *
 * Data and builders only. Refusals with a status are built in `refusals.ts`,
 * faults of the token endpoint in `token_faults.ts`, those of websockets in
 * `socket_faults.ts`. Faults are carried out in `exchange.ts`, `play.ts`,
 * `session.ts`, `handshake.ts`, `socket_sink.ts` and `token_answer.ts`.
 */

import type { JsonObject } from "../../protocol/json.ts";
import type { Coding } from "../../protocol/content_coding.ts";
import type { HeaderLine } from "../../protocol/headers.ts";
import type { TurnEvent } from "../model/events.ts";
import { isSocketFault, type SocketFault } from "./socket_fault_kinds.ts";

/** An answer in place of the usual one. */
export interface StatusFault {
  readonly kind: "status";
  readonly status: number;
  readonly headers: readonly HeaderLine[];
  readonly body: string;
  /** Undefined: head and body leave in one write. In ms. */
  readonly bodyAfterMs: number | undefined;
}

/** Happens before the first byte of the usual answer. Times in ms. */
export type HeadFault =
  | StatusFault
  | { readonly kind: "reset" }
  | { readonly kind: "never_answer" }
  | { readonly kind: "slow_head"; readonly ms: number }
  | {
    readonly kind: "coded";
    readonly coding: Coding;
    /** The answer ends properly, but its coding stops in the middle. */
    readonly unfinished: boolean;
  };

/** Happens inside an answer; `after` counts the events sent before it. */
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

/** Happens at the token endpoint, to the answer of a granted request. */
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

/** Whether a stream over either transport can show it after its head. */
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

/** The request is read and never answered. */
export function neverAnswers(): Fault {
  return { kind: "never_answer" };
}

/** The usual answer, `ms` late. */
export function slowHead(ms: number): Fault {
  return { kind: "slow_head", ms };
}

/** The usual answer, encoded even if the caller does not accept the coding. */
export function encodedAs(
  coding: Coding,
  { unfinished = false } = {},
): Fault {
  return { kind: "coded", coding, unfinished };
}

/** The turn ends with `response.failed` after `after` events. */
export function responseFailed(
  code: string,
  message: string,
  after = 1,
): Fault {
  return { kind: "failed", after, code, message };
}

/** The turn ends with `response.incomplete` after `after` events. */
export function responseIncomplete(reason: string, after = 1): Fault {
  return { kind: "incomplete", after, reason };
}

/** A limit that ends a turn under way. Not from a capture. */
export function usageLimitInStream(after = 1): Fault {
  return responseIncomplete("The usage limit has been reached", after);
}

/**
 * The turn ends with an `error` event after `after` events. Without `status`,
 * or over SSE, the official client ignores it.
 */
export function errorEvent(
  error: JsonObject,
  { status, after = 1 }: { status?: number; after?: number } = {},
): Fault {
  const event = status === undefined
    ? { type: "error", error }
    : { type: "error", status, error };
  return { kind: "event", after, event };
}

/** One extra event, of any type, after `after` others; then the rest. */
export function extraEvent(event: TurnEvent, after = 1): Fault {
  return { kind: "extra", after, event };
}

/**
 * `response.completed` has another id than `response.created`; over a websocket
 * the next turn names that one (docs/client.md, "Turns over a websocket").
 */
export function otherCompletedId(): Fault {
  return { kind: "completed_id" };
}

/** 200 with an empty body. */
export function emptyStream(): Fault {
  return { kind: "end", after: 0 };
}

/** A clean end without the terminal event. */
export function missingTerminal(): Fault {
  return { kind: "end", after: Infinity };
}

/** The connection is cut after `after` events, or in the middle of the next. */
export function cutAfter(after: number, { midEvent = false } = {}): Fault {
  return { kind: "cut", after, midEvent };
}

/** After `after` events nothing is sent for `ms`, then the rest. */
export function silenceAfter(after: number, ms = Infinity): Fault {
  return { kind: "silence", after, ms };
}

/** Answers with `count` deltas of `sizeBytes`, one every `intervalMs`. */
export function pacedDeltas(
  pace: { count: number; intervalMs: number; sizeBytes: number },
): Fault {
  return { kind: "paced", ...pace };
}

/** Additional header lines of the answer, such as another `openai-model`. */
export function extraHeaders(headers: readonly HeaderLine[]): Fault {
  return { kind: "headers", headers };
}
