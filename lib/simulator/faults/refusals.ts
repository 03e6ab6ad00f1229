/**
 * Refusals: answers of the upstream with an error status. Bodies and header
 * lines are the recorded ones, unless a comment says otherwise;
 * tests/simulator/refusals_test.ts compares them with the captures.
 *
 * Each builder makes a fault; none sends anything.
 */

import { STATUS_CODE } from "@std/http";
import type { HeaderLine } from "../../protocol/headers.ts";
import type { Fault, StatusFault } from "./faults.ts";

const JSON_TYPE: HeaderLine = ["content-type", "application/json"];

/** An answer that refuses a request. */
export interface Refused {
  readonly status: number;
  readonly body: unknown;
}

/** Any status and body; JSON unless `headers` has another content type. */
export function refusal(
  status: number,
  body: unknown,
  headers: readonly HeaderLine[] = [],
): StatusFault {
  const typed = headers.some(([name]) => name === "content-type");
  return {
    kind: "status",
    status,
    headers: typed ? headers : [JSON_TYPE, ...headers],
    body: typeof body === "string" ? body : JSON.stringify(body),
    bodyAfterMs: undefined,
  };
}

/** The same refusal with its body `ms` after its head. */
export function splitBody(fault: Fault, ms: number): Fault {
  return fault.kind === "status" ? { ...fault, bodyAfterMs: ms } : fault;
}

/** The shape of the backend's own refusals: `{"detail": …}`. */
export function detailRefusal(status: number, detail: unknown): Fault {
  return refusal(status, { detail });
}

/** The envelope of an error, in the recorded key order. */
function envelope(
  message: string,
  code: string | null = null,
  type = "invalid_request_error",
): unknown {
  return { error: { type, code, message, param: null } };
}

/** 400 */
export function badRequest(): Fault {
  const message = "Unknown parameter: 'foo'.";
  return refusal(
    STATUS_CODE.BadRequest,
    envelope(message, "unknown_parameter"),
  );
}

/** 400 */
export function contextLengthExceeded(): Fault {
  const message = "Your input exceeds the context window of this model.";
  const body = envelope(message, "context_length_exceeded");
  return refusal(STATUS_CODE.BadRequest, body);
}

/** 400 for a model that the plan does not have. Not from a capture. */
export function modelNotSupported(model: string): Fault {
  return detailRefusal(
    STATUS_CODE.BadRequest,
    `The '${model}' model is not supported when using Codex with a ` +
      "ChatGPT account.",
  );
}

/** 401 for a token that the upstream no longer accepts. */
export function accessTokenRejected(): Fault {
  return refusal(STATUS_CODE.Unauthorized, TOKEN_EXPIRED);
}

/** The body of a 401 for an expired access token. */
export const TOKEN_EXPIRED = {
  error: {
    message:
      "Provided authentication token is expired. Please try signing in again.",
    code: "token_expired",
  },
  status: 401,
} as const;

/** 402 */
export function deactivatedWorkspace(): Fault {
  const detail = { code: "deactivated_workspace" };
  return detailRefusal(STATUS_CODE.PaymentRequired, detail);
}

/** 403 with an HTML page, as an edge server sends it. */
export function forbiddenPage(): Fault {
  return refusal(STATUS_CODE.Forbidden, "<html>cloudflare</html>", [
    ["content-type", "text/html"],
    ["cf-ray", "ray1"],
  ]);
}

/** 200 with an HTML page, as a network in between may send it. */
export function interposedPage(): Fault {
  return refusal(STATUS_CODE.OK, "<html>sign in</html>", [
    ["content-type", "text/html"],
  ]);
}

/** 403 that is about the account's behaviour. Not from a capture. */
export function riskControlled(): Fault {
  return detailRefusal(
    STATUS_CODE.Forbidden,
    "Unusual activity has been detected from your device. Try again later.",
  );
}

/** 404 */
export function notFound(): Fault {
  return refusal(STATUS_CODE.NotFound, envelope("nf"));
}

/** 413 */
export function tooLarge(): Fault {
  return refusal(STATUS_CODE.ContentTooLarge, envelope("too large"));
}

/** 422 */
export function unprocessable(): Fault {
  return refusal(STATUS_CODE.UnprocessableEntity, envelope("unprocessable"));
}

/** 500 */
export function serverError(): Fault {
  return refusal(
    STATUS_CODE.InternalServerError,
    envelope("boom", "server_error"),
    [["x-request-id", "req_500"]],
  );
}

/** 502, not JSON. */
export function badGateway(): Fault {
  const headers: HeaderLine[] = [["content-type", "text/html"]];
  return refusal(STATUS_CODE.BadGateway, "bad gateway", headers);
}

/** 503, with `retry-after` if `retryAfter` (seconds) is given. */
export function unavailable(retryAfter?: number): Fault {
  return refusal(
    STATUS_CODE.ServiceUnavailable,
    envelope("unavailable"),
    retryAfterLine(retryAfter),
  );
}

/** 503 */
export function serverIsOverloaded(): Fault {
  const message =
    "Our servers are currently overloaded. Please try again later.";
  const body = envelope(message, "server_is_overloaded");
  return refusal(STATUS_CODE.ServiceUnavailable, body);
}

/** 529 */
export function siteOverloaded(): Fault {
  return refusal(529, envelope("overloaded"));
}

/** 429 for a limit per minute, with `retry-after` if seconds are given. */
export function rateLimitExceeded(retryAfter?: number): Fault {
  const message = "Rate limit reached for x. Please try again in 1.5s.";
  return refusal(
    STATUS_CODE.TooManyRequests,
    envelope(message, "rate_limit_exceeded"),
    [...retryAfterLine(retryAfter), ["x-request-id", "req_123"]],
  );
}

/** 429 for a plan without Codex. */
export function usageNotIncluded(): StatusFault {
  const message = "To use Codex with your ChatGPT plan, upgrade";
  const body = envelope(message, null, "usage_not_included");
  return refusal(STATUS_CODE.TooManyRequests, body);
}

/** 429 for an account without money. */
export function insufficientQuota(): StatusFault {
  return spent("insufficient_quota", "You exceeded your current quota");
}

/** 429 for a cap on what a workspace may spend. Not from a capture. */
export function spendLimitExceeded(whose = "organization"): StatusFault {
  const message = "You have reached your spend limit";
  return spent(`${whose}_spend_limit_exceeded`, message);
}

/** 429 for an account whose credits are used up. Not from a capture. */
export function creditBalanceExhausted(): StatusFault {
  return spent("credit_balance_exhausted", "Your credit balance is exhausted");
}

/** The same refusal with 403, as some callers have met it. */
export function asForbidden(fault: StatusFault): StatusFault {
  return { ...fault, status: STATUS_CODE.Forbidden };
}

function spent(code: string, message: string): StatusFault {
  const body = envelope(message, code, code);
  return refusal(STATUS_CODE.TooManyRequests, body);
}

function retryAfterLine(seconds: number | undefined): readonly HeaderLine[] {
  return seconds === undefined ? [] : [["retry-after", String(seconds)]];
}
