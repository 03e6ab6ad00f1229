/**
 * Errors before any account is asked: a bad request, or no room for it.
 * Failures of attempts are `failure/failure.ts`.
 */
import { STATUS_CODE } from "@std/http";
import { MOMENT_S } from "../limits.ts";
import type { Refusal } from "./openai/refusal.ts";

/** Rendered as `{"error":{…}}` with this status. */
export interface CallerError {
  readonly status: number;
  readonly code: string | null;
  readonly message: string;
  /** The parameter that is to blame, if it is one. */
  readonly param?: string | null;
  /** Seconds; undefined if the same request would fail again. */
  readonly retryAfter?: number;
}

export function badRequest(message: string): CallerError {
  return { status: STATUS_CODE.BadRequest, code: "invalid_json", message };
}

/** A parameter is to blame. */
export function refused({ code, param, message }: Refusal): CallerError {
  return { status: STATUS_CODE.BadRequest, code, param, message };
}

export function tooLarge(limit: number): CallerError {
  return {
    status: STATUS_CODE.ContentTooLarge,
    code: "request_too_large",
    message:
      `Request body is larger than ${limit} bytes; raise --max-body-bytes`,
  };
}

export function unsupportedMedia(message: string): CallerError {
  return {
    status: STATUS_CODE.UnsupportedMediaType,
    code: "unsupported_media_type",
    message,
  };
}

/** The body broke off on its way; a retry may succeed. */
export function brokenOff(error?: unknown): CallerError {
  const reason = error instanceof Error ? `: ${error.message}` : "";
  return {
    status: STATUS_CODE.BadRequest,
    code: "request_body_broken",
    message: `Request body ended before it was complete${reason}`,
  };
}

/** Never read: the caller has left. */
export function callerGone(): CallerError {
  return { status: 499, code: "caller_gone", message: "Caller has left" };
}

export function silent(ms: number): CallerError {
  return {
    status: STATUS_CODE.RequestTimeout,
    code: "request_timeout",
    message: `Request body did not go on for ${ms / 1000} s`,
  };
}

/** Other callers' bodies fill the budget, usually only for seconds. */
export function noRoom(): CallerError {
  return {
    status: STATUS_CODE.ServiceUnavailable,
    code: "gateway_busy",
    message: "Too many request bodies at once. Try again in a moment.",
    retryAfter: MOMENT_S,
  };
}
