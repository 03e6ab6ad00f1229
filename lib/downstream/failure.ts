/**
 * What is wrong with a caller's own request, before any account is asked.
 */
import { STATUS_CODE } from "@std/http";

/** Rendered as `{"error":{…}}` with this status. */
export interface CallerError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Seconds, where the same request may be taken later. */
  readonly retryAfter?: number;
}

export function badRequest(message: string): CallerError {
  return { status: STATUS_CODE.BadRequest, code: "invalid_json", message };
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

/** The same bytes may come through at the next try. */
export function brokenOff(error?: unknown): CallerError {
  const reason = error instanceof Error ? `: ${error.message}` : "";
  return {
    status: STATUS_CODE.BadRequest,
    code: "request_body_broken",
    message: `Request body ended before it was complete${reason}`,
  };
}

/** Nobody reads this one. */
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

/** What others have sent takes all the room; that is a matter of seconds. */
export function noRoom(): CallerError {
  return {
    status: STATUS_CODE.ServiceUnavailable,
    code: "gateway_busy",
    message: "Too many request bodies at once. Try again in a moment.",
    retryAfter: 1,
  };
}
