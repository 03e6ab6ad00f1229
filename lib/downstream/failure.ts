/**
 * What is wrong with a caller's own request, before any account is asked.
 */
import { STATUS_CODE } from "@std/http";

/** Rendered as `{"error":{…}}` with this status. */
export interface CallerError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
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
