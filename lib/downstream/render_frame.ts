/**
 * Renders the gateway's own frames for a websocket caller. HTTP answers are
 * `render.ts`.
 *
 * An error always has a numeric `status`: the official client ignores one
 * without and waits for five minutes (docs/client.md, "Frames"). Where a retry
 * helps, `headers.retry-after` says when.
 */
import { STATUS_CODE } from "@std/http";
import type { Failure, UpstreamError } from "../failure/failure.ts";
import { isObject, parseObject } from "../protocol/json.ts";
import { type CallerError, noRoom } from "./failure.ts";
import { isCapacity } from "./answer.ts";
import { withParameter } from "./openai/responses_events.ts";
import { publicFailure } from "./public_failure.ts";
import { gatewayAnswer, type GatewayAnswerOptions } from "./gateway_answer.ts";

/** Makes a Codex caller send its whole history over a new connection. */
export const START_OVER: string = errorFrame(STATUS_CODE.BadRequest, {
  type: "invalid_request_error",
  code: "previous_response_not_found",
  message:
    "Previous response is not available on this connection. Send the full input again.",
  param: "previous_response_id",
});

/**
 * Resets the idle timer of a Codex caller; a ping would not (docs/client.md,
 * "How long the client waits").
 */
export const KEEPALIVE_FRAME = '{"type":"keepalive"}';

const { status, code, message, retryAfter } = noRoom();

/** The answer to a frame that there is no room for. */
export const NO_ROOM: string = errorFrame(status, {
  type: "server_error",
  code,
  message,
  param: null,
}, String(retryAfter));

/** The answer to a caller's frame that is rejected. */
export function callerErrorFrame(
  { code, message, param = null }: CallerError,
): string {
  return errorFrame(STATUS_CODE.BadRequest, {
    type: "invalid_request_error",
    code,
    message,
    param,
  });
}

/** The answer that HTTP callers get, as one frame. */
export function renderFailureFrame(
  failure: Failure,
  options: GatewayAnswerOptions,
): string {
  const shown = publicFailure(failure, options.now);
  const said = (frame: string) =>
    options.dialect === "openai" ? withParameter(frame) : frame;
  if (shown.kind === "answer") return said(answerFrame(shown.answer));
  if (shown.kind === "upstream_failed") return said(outageFrame(shown.answer));
  const { status, error, retryAfter } = gatewayAnswer(shown, options);
  return errorFrame(status, error, retryAfter?.toString());
}

/** An upstream outage: the client retries, as it would without the gateway. */
function outageFrame(answer: UpstreamError): string {
  const retryAfter = isCapacity(answer) ? undefined : "1";
  return answerFrame(answer, { type: "server_error", retryAfter });
}

/** Upstream's own frame, or its answer to a handshake as a frame. */
function answerFrame(
  answer: UpstreamError,
  { type, retryAfter }: {
    readonly type: string;
    readonly retryAfter: string | undefined;
  } = { type: "invalid_request_error", retryAfter: undefined },
): string {
  const { at, status, body, headers } = answer;
  const text = new TextDecoder().decode(body);
  if (at === "event") return text;
  const object = parseObject(text);
  const error = isObject(object?.["error"]) ? object["error"] : {
    type,
    code: null,
    message: messageOf(object) ?? `Upstream answered ${status}`,
    param: null,
  };
  return errorFrame(status, error, headers.get("retry-after") ?? retryAfter);
}

function messageOf(
  object: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  const detail = object?.["detail"];
  return typeof detail === "string" ? detail : undefined;
}

function errorFrame(
  status: number,
  error: unknown,
  retryAfter?: string,
): string {
  const headers = retryAfter === undefined
    ? {}
    : { headers: { "retry-after": retryAfter } };
  return JSON.stringify({ type: "error", status, error, ...headers });
}
