/**
 * Renders HTTP answers in the caller's dialect: failures, and the events that
 * the gateway adds to a stream. Websocket frames are `render_frame.ts`.
 *
 * Codex callers get what their client understands (docs/client.md, "What the
 * client does about failures"); SDK callers get the OpenAI envelope. Error
 * bodies are strings, not streams, so that head and body leave in one write:
 * the client reads no more of a refused handshake (docs/client.md,
 * "Handshakes").
 */
import type { Failure, UpstreamError } from "../failure/failure.ts";
import { OUTAGE_WAIT_S } from "../limits.ts";
import { errorEnvelope } from "../protocol/errors.ts";
import { formatEvent } from "../protocol/sse.ts";
import type { Dialect } from "./caller.ts";
import type { CallerError } from "./failure.ts";
import {
  answerHeaders,
  isCapacity,
  openaiError,
  openaiOutage,
} from "./answer.ts";
import {
  GATEWAY_UNAVAILABLE,
  gatewayAnswer,
  type GatewayAnswerOptions,
} from "./gateway_answer.ts";
import { json } from "./json_answer.ts";
import type { PoolLimits } from "./pool_limits.ts";
import type { TurnError, WholeAnswer } from "./openai/answer_writer.ts";
import { turnError } from "./openai/turn_error.ts";
import { publicFailure } from "./public_failure.ts";

export interface RenderOptions extends GatewayAnswerOptions {
  /** The caller asked for server-sent events. */
  readonly stream: boolean;
  /** The gateway's rules for SDK callers have made the body. */
  readonly isMended: boolean;
  /** The pool's limits, in place of those of the account that refused. */
  readonly poolLines: PoolLimits["lines"];
}

/** How failures are told just now to callers of a dialect. */
export type Rendering = (dialect: Dialect) => RenderOptions;

export function renderFailure(
  failure: Failure,
  options: RenderOptions,
): Response {
  const shown = publicFailure(failure, options.now);
  if (shown.kind === "answer") return renderAnswer(shown.answer, options);
  if (shown.kind === "upstream_failed") {
    return renderOutage(shown.answer, options);
  }
  if (shown.kind === "gone") return new Response(null, { status: 499 });

  const { status, error, retryAfter, isFinal } = gatewayAnswer(shown, options);
  if (
    error === GATEWAY_UNAVAILABLE && options.dialect === "codex" &&
    options.stream
  ) {
    return new Response(failedEvent(GATEWAY_UNAVAILABLE, options.now), {
      headers: { "content-type": "text/event-stream" },
    });
  }
  return json(status, { error }, {
    ...retryAfterLine(retryAfter),
    ...isFinal ? { "x-should-retry": "false" } : {},
    ...shown.kind === "no_websocket" ? { upgrade: "websocket" } : {},
  });
}

/**
 * An upstream outage, after every account that could be tried. A Codex caller
 * sees what it would see without the gateway; an SDK caller gets a 502.
 */
function renderOutage(answer: UpstreamError, options: RenderOptions): Response {
  if (answer.at === "event") return renderAnswer(answer, options);
  const { dialect } = options;
  const response = dialect === "codex"
    ? renderAnswer(answer, options)
    : openaiOutage(answer);
  const own = dialect === "codex" && isCapacity(answer)
    ? null
    : String(OUTAGE_WAIT_S[dialect]);
  const wait = answer.headers.get("retry-after") ?? own;
  if (wait !== null) response.headers.set("retry-after", wait);
  return response;
}

/** Upstream's answer: unchanged for Codex callers, in the envelope for SDKs. */
function renderAnswer(
  answer: UpstreamError,
  { dialect, isMended, poolLines }: RenderOptions,
): Response {
  if (dialect === "openai") {
    return answer.at === "answer"
      ? openaiError(answer, isMended)
      : renderTurnError(turnError(new TextDecoder().decode(answer.body)));
  }
  const { body, headers, status } = answer;
  return new Response(body, {
    status,
    headers: answerHeaders(headers, dialect, poolLines),
  });
}

/** A turn that is answered in one piece. */
export function renderWhole(answer: WholeAnswer): Response {
  if (answer.kind === "error") return renderTurnError(answer.error);
  return new Response(answer.json, {
    headers: { "content-type": "application/json" },
  });
}

function renderTurnError({ status, error, retryAfter }: TurnError): Response {
  return json(status, { error }, retryAfterLine(retryAfter));
}

function retryAfterLine(seconds: number | undefined): Record<string, string> {
  return seconds === undefined ? {} : { "retry-after": String(seconds) };
}

/** An error before any account was asked; the same for every dialect. */
export function renderCallerError(error: CallerError): Response {
  const { status, message, code, param = null, retryAfter } = error;
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  const envelope = errorEnvelope({ message, type, code, param });
  const answer = json(status, envelope, retryAfterLine(retryAfter));
  REFUSED.set(answer, error);
  return answer;
}

const REFUSED = new WeakMap<Response, CallerError>();

/** Why the answer refuses its caller; undefined: it does not. */
export function callerErrorOf(answer: Response): CallerError | undefined {
  return REFUSED.get(answer);
}

/** Ends a committed stream that upstream did not end. */
export function renderStreamFailure(
  dialect: Dialect,
  message: string,
  now: number,
): Uint8Array<ArrayBuffer> {
  const text = `The stream was interrupted: ${message}`;
  // The client retries after `server_error` (docs/client.md, "What the client
  // does about failures").
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

/**
 * Resets the idle timer of a Codex caller; a comment would not (docs/client.md,
 * "How long the client waits").
 */
export const KEEPALIVE_EVENT: Uint8Array<ArrayBuffer> = formatEvent(
  "keepalive",
  { type: "keepalive" },
);

/** Ignored by every SDK's parser; keeps the body timer of Node alive. */
export const KEEPALIVE_COMMENT: Uint8Array<ArrayBuffer> = new TextEncoder()
  .encode(": keepalive\n\n");

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
