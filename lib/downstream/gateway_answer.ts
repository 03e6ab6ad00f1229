/**
 * The gateway's own answer when no account has answered: status, error and
 * retry hint. `render.ts` and `render_frame.ts` make a body or a frame of it.
 */
import { STATUS_CODE } from "@std/http";
import {
  CLIENT_PATIENCE_MS,
  MAX_BUSY_WAIT_S,
  MOMENT_S,
  NO_ANSWER_WAIT_S,
  OUTAGE_WAIT_S,
  SDK_PATIENCE_S,
} from "../limits.ts";
import type { ErrorDetail } from "../protocol/errors.ts";
import type { Dialect } from "./caller.ts";
import type { PublicFailure } from "./public_failure.ts";

export interface GatewayAnswer {
  readonly status: number;
  readonly error: ErrorDetail | UsageLimit;
  /** Seconds; undefined for no `retry-after`. */
  readonly retryAfter: number | undefined;
  /** Whether to tell an SDK to give up instead of waiting for minutes. */
  readonly isFinal?: boolean;
}

/**
 * The error that the client shows with its time of return (docs/client.md,
 * "What the client does about failures").
 */
interface UsageLimit {
  readonly type: "usage_limit_reached";
  readonly message: string;
  /** Seconds since the epoch. */
  readonly resets_at: number;
  readonly resets_in_seconds: number;
}

export interface GatewayAnswerOptions {
  readonly dialect: Dialect;
  /** `overloaded`: the same answer as the original when no account is left. */
  readonly unavailable: "limits" | "overloaded";
  readonly now: number;
}

/** The original's answer to every caller when no account is left. */
export const GATEWAY_UNAVAILABLE = {
  message: "No account available right now. Try again later.",
  type: "server_error",
  param: null,
  code: "server_is_overloaded",
} as const;

/** Failures without an answer from upstream to pass on. */
export type NoAnswer = Exclude<
  PublicFailure,
  { kind: "answer" | "upstream_failed" }
>;

export function gatewayAnswer(
  shown: NoAnswer,
  { dialect, unavailable, now }: GatewayAnswerOptions,
): GatewayAnswer {
  const isOriginal = unavailable === "overloaded";
  const isCodex = dialect === "codex";
  switch (shown.kind) {
    case "gone":
      return { status: 499, error: GATEWAY_UNAVAILABLE, retryAfter: undefined };
    case "unreachable":
      return UNREACHABLE[dialect];
    case "timeout":
      return timedOut(shown.message);
    case "not_refreshed":
      return NOT_REFRESHED;
    case "no_answer":
      return noAnswer(shown.message);
    case "no_websocket":
      return NO_WEBSOCKET;
    case "stopping":
      return STOPPING;
    case "too_large":
      return tooLarge(shown.message);
    case "empty":
      return isOriginal ? overloaded(Infinity, now) : EMPTY;
    case "paused":
      return isOriginal ? overloaded(Infinity, now) : PAUSED;
    case "spent":
      if (isOriginal) return overloaded(shown.readyAt, now);
      return isCodex ? spent(shown.readyAt, now) : noQuota(shown.readyAt, now);
    case "busy":
      if (isOriginal) return overloaded(shown.readyAt, now);
      return isCodex ? busy(shown.readyAt, now) : limited(shown.readyAt, now);
  }
}

/** The client and the SDKs wait for `retry-after`, then try again. */
const UNREACHABLE: Readonly<Record<Dialect, GatewayAnswer>> = {
  codex: unreachable(OUTAGE_WAIT_S.codex),
  openai: unreachable(OUTAGE_WAIT_S.openai),
};

function unreachable(retryAfter: number): GatewayAnswer {
  return {
    status: STATUS_CODE.ServiceUnavailable,
    error: serverError(
      "upstream_unreachable",
      "Upstream cannot be reached. Check the network or the proxy.",
    ),
    retryAfter,
  };
}

/** No refresh token is lost: the auth server or the disk failed for now. */
const NOT_REFRESHED: GatewayAnswer = {
  status: STATUS_CODE.ServiceUnavailable,
  error: serverError(
    "token_not_refreshed",
    "No account's access token could be refreshed just now. codaze accounts tells more.",
  ),
  retryAfter: MOMENT_S,
};

/** No `retry-after`: after such a wait the caller decides about a retry. */
function timedOut(message: string): GatewayAnswer {
  return {
    status: STATUS_CODE.GatewayTimeout,
    error: serverError(
      "upstream_timeout",
      `Upstream took too long: ${message}`,
    ),
    retryAfter: undefined,
  };
}

function noAnswer(message: string): GatewayAnswer {
  return {
    status: STATUS_CODE.BadGateway,
    error: serverError("upstream_error", `No account was served: ${message}`),
    retryAfter: NO_ANSWER_WAIT_S,
  };
}

/** On 426 the client uses server-sent events at once, for the whole session. */
const NO_WEBSOCKET: GatewayAnswer = {
  status: STATUS_CODE.UpgradeRequired,
  error: {
    message: "upgrade required: upstream takes no websocket just now",
    type: "invalid_request_error",
    param: null,
    code: "upgrade_required",
  },
  retryAfter: undefined,
};

/** The client retries in a moment, by when the gateway may be back. */
const STOPPING: GatewayAnswer = {
  status: STATUS_CODE.ServiceUnavailable,
  error: serverError("stopping", "The gateway is stopping"),
  retryAfter: MOMENT_S,
};

function tooLarge(message: string): GatewayAnswer {
  return {
    status: STATUS_CODE.ContentTooLarge,
    error: {
      message,
      type: "invalid_request_error",
      param: null,
      code: "request_too_large",
    },
    retryAfter: undefined,
  };
}

function serverError(code: string, message: string): ErrorDetail {
  return { message, type: "server_error", param: null, code };
}

/** The client shows a 400 word for word and does not try again. */
const EMPTY: GatewayAnswer = {
  status: STATUS_CODE.BadRequest,
  error: {
    message:
      "Codaze has no usable account. Sign in with codaze login; codaze accounts, or GET /admin/accounts on the admin port, tells more.",
    type: "invalid_request_error",
    param: null,
    code: "no_usable_account",
  },
  retryAfter: undefined,
};

const PAUSED: GatewayAnswer = {
  status: STATUS_CODE.BadRequest,
  error: {
    message:
      "Every account is paused. codaze accounts resume NAME lets one serve again.",
    type: "invalid_request_error",
    param: null,
    code: "all_accounts_paused",
  },
  retryAfter: undefined,
};

function overloaded(readyAt: number, now: number): GatewayAnswer {
  return {
    status: STATUS_CODE.ServiceUnavailable,
    error: GATEWAY_UNAVAILABLE,
    retryAfter: Math.min(MAX_BUSY_WAIT_S, secondsUntil(readyAt, now)),
  };
}

/** The client shows the time of return and does not try again. */
function spent(readyAt: number, now: number): GatewayAnswer {
  return {
    status: STATUS_CODE.TooManyRequests,
    error: {
      type: "usage_limit_reached",
      message: "The usage limit has been reached",
      resets_at: Math.ceil(readyAt / 1000),
      resets_in_seconds: secondsUntil(readyAt, now),
    },
    retryAfter: undefined,
  };
}

/** SDKs raise this as a spent quota; some of them do not retry it. */
function noQuota(readyAt: number, now: number): GatewayAnswer {
  const message = "Every account has reached its usage limit. " +
    `The first is back at ${timeOf(readyAt)}.`;
  return {
    status: STATUS_CODE.TooManyRequests,
    error: {
      message,
      type: "insufficient_quota",
      param: null,
      code: "insufficient_quota",
    },
    retryAfter: secondsUntil(readyAt, now),
    isFinal: true,
  };
}

/** The client waits for `retry-after`, then tries again. */
function busy(readyAt: number, now: number): GatewayAnswer {
  if (readyAt - now > CLIENT_PATIENCE_MS) return away(readyAt);
  const seconds = Math.min(MAX_BUSY_WAIT_S, secondsUntil(readyAt, now));
  return {
    status: STATUS_CODE.TooManyRequests,
    error: rateLimit(`Try again in ${seconds}s.`),
    retryAfter: seconds,
  };
}

function limited(readyAt: number, now: number): GatewayAnswer {
  const seconds = secondsUntil(readyAt, now);
  const isFinal = seconds > SDK_PATIENCE_S;
  return {
    status: STATUS_CODE.TooManyRequests,
    error: rateLimit(
      isFinal
        ? `The first is back at ${timeOf(readyAt)}.`
        : `Try again in ${seconds}s.`,
    ),
    retryAfter: seconds,
    isFinal,
  };
}

function rateLimit(when: string): ErrorDetail {
  return {
    message: `No account available right now. ${when}`,
    type: "rate_limit_error",
    param: null,
    code: "rate_limit_exceeded",
  };
}

/** Too long to wait: a 400, which the client shows and does not retry. */
function away(readyAt: number): GatewayAnswer {
  return {
    status: STATUS_CODE.BadRequest,
    error: {
      message: `No account can serve before ${timeOf(readyAt)}. ` +
        "GET /admin/accounts on Codaze's admin port tells why; " +
        "POST /admin/accounts/wake tries them again.",
      type: "invalid_request_error",
      param: null,
      code: "no_account_available",
    },
    retryAfter: undefined,
  };
}

function timeOf(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

function secondsUntil(at: number, now: number): number {
  return Math.max(1, Math.ceil((at - now) / 1000));
}
