/**
 * Answers that the gateway makes itself, in the caller's dialect.
 *
 * Codex callers get what their client understands (C14); SDK callers get the
 * OpenAI envelope. Error bodies are flat, so that head and body leave in one
 * write: the client reads no further than that on a refused handshake (C1.7).
 */
import { STATUS_CODE } from "@std/http";
import type { Failure } from "../failure/failure.ts";
import { errorEnvelope } from "../protocol/errors.ts";
import { formatEvent } from "../protocol/sse.ts";
import type { Dialect } from "./caller.ts";
import type { CallerError } from "./failure.ts";
import { answerHeaders, openaiError } from "./answer.ts";
import { type PublicFailure, publicFailure } from "./public_failure.ts";

export interface RenderOptions {
  readonly dialect: Dialect;
  /** The caller asked for server-sent events. */
  readonly stream: boolean;
  /** `overloaded`: the original's answer to everyone when no account is left. */
  readonly unavailable: "limits" | "overloaded";
  readonly now: number;
}

const GATEWAY_UNAVAILABLE = {
  code: "server_is_overloaded",
  message: "No account available right now. Try again later.",
};

export function renderFailure(
  failure: Failure,
  options: RenderOptions,
): Response {
  const shown = publicFailure(failure, options.now);
  switch (shown.kind) {
    case "answer":
      return options.dialect === "codex" || shown.answer.status < 400
        ? new Response(shown.answer.body, {
          status: shown.answer.status,
          headers: answerHeaders(shown.answer.headers, options.dialect),
        })
        : openaiError(shown.answer);
    case "unreachable":
      return unreachable();
    case "gone":
      return new Response(null, { status: 499 });
    case "spent":
    case "busy":
    case "empty":
      return options.unavailable === "overloaded" ||
          options.dialect === "openai"
        ? overloaded(shown, options)
        : limits(shown, options.now);
  }
}

type PoolFailure = Extract<
  PublicFailure,
  { kind: "spent" | "busy" | "empty" }
>;

/** What the client of today shows properly, and retries when that helps. */
function limits(shown: PoolFailure, now: number): Response {
  switch (shown.kind) {
    case "spent":
      return json(STATUS_CODE.TooManyRequests, {
        error: {
          type: "usage_limit_reached",
          message: "The usage limit has been reached",
          resets_at: Math.ceil(shown.readyAt / 1000),
          resets_in_seconds: Math.max(1, secondsUntil(shown.readyAt, now)),
        },
      });
    case "busy": {
      const seconds = retryAfter(shown.readyAt, now);
      return json(
        STATUS_CODE.TooManyRequests,
        errorEnvelope({
          message: `No account available right now. Try again in ${seconds}s.`,
          type: "rate_limit_error",
          code: "rate_limit_exceeded",
        }),
        { "retry-after": String(seconds) },
      );
    }
    case "empty":
      // A 400 is shown to the user word for word and not tried again.
      return json(
        STATUS_CODE.BadRequest,
        errorEnvelope({
          message:
            "Codaze has no usable account. Add an account file to its accounts folder, or sign in again; GET /admin/accounts on the admin port tells more.",
          type: "invalid_request_error",
          code: "no_usable_account",
        }),
      );
  }
}

function overloaded(shown: PoolFailure, options: RenderOptions): Response {
  if (options.dialect === "codex" && options.stream) {
    return new Response(failedEvent(GATEWAY_UNAVAILABLE, options.now), {
      headers: { "content-type": "text/event-stream" },
    });
  }
  const readyAt = shown.kind === "empty" ? Infinity : shown.readyAt;
  return json(
    STATUS_CODE.ServiceUnavailable,
    errorEnvelope({ ...GATEWAY_UNAVAILABLE, type: "server_error" }),
    { "retry-after": String(retryAfter(readyAt, options.now)) },
  );
}

/** The client waits for `retry-after` and tries on, as it does offline. */
function unreachable(): Response {
  return json(
    STATUS_CODE.ServiceUnavailable,
    errorEnvelope({
      message: "Upstream cannot be reached. Check the network or the proxy.",
      type: "server_error",
      code: "upstream_unreachable",
    }),
    { "retry-after": "2" },
  );
}

/** A mistake in the caller's own request; the same for every dialect. */
export function renderCallerError(error: CallerError): Response {
  const { status, message, code } = error;
  return json(
    status,
    errorEnvelope({ message, type: "invalid_request_error", code }),
  );
}

/** Ends a committed stream that upstream did not end. */
export function renderStreamFailure(
  dialect: Dialect,
  message: string,
  now: number,
): Uint8Array<ArrayBuffer> {
  const text = `The stream was interrupted: ${message}`;
  // `server_error` is one of the codes that the client answers with a retry.
  return dialect === "codex"
    ? failedEvent({ code: "server_error", message: text }, now)
    : formatEvent("error", {
      type: "error",
      code: "stream_interrupted",
      message: text,
      param: null,
      sequence_number: 0,
    });
}

/** Resets the idle timer of a Codex caller, which comments do not (C14.4). */
export const KEEPALIVE_EVENT: Uint8Array<ArrayBuffer> = formatEvent(
  "keepalive",
  { type: "keepalive" },
);

function failedEvent(
  error: { readonly code: string; readonly message: string },
  now: number,
): Uint8Array<ArrayBuffer> {
  return formatEvent("response.failed", {
    type: "response.failed",
    sequence_number: 0,
    response: {
      id: `resp_${crypto.randomUUID().replaceAll("-", "")}`,
      object: "response",
      created_at: Math.floor(now / 1000),
      status: "failed",
      background: false,
      error: { code: error.code, message: error.message },
    },
  });
}

function retryAfter(readyAt: number, now: number): number {
  return Math.min(60, Math.max(1, secondsUntil(readyAt, now)));
}

function secondsUntil(at: number, now: number): number {
  return Math.ceil((at - now) / 1000);
}

export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}
