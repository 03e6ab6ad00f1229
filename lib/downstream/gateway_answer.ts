/**
 * What the gateway itself answers when no account did: status, error and when
 * to come back. How it travels, as a body or as a frame, is decided elsewhere.
 */
import { STATUS_CODE } from "@std/http";
import type { ErrorDetail } from "../protocol/errors.ts";
import type { Dialect } from "./caller.ts";
import type { PublicFailure } from "./public_failure.ts";

export interface GatewayAnswer {
  readonly status: number;
  readonly error: ErrorDetail | UsageLimit;
  /** Seconds; undefined where coming back is no use. */
  readonly retryAfter: number | undefined;
}

/** The error that the client shows with its time of return (C14.3). */
interface UsageLimit {
  readonly type: "usage_limit_reached";
  readonly message: string;
  /** Seconds since the epoch. */
  readonly resets_at: number;
  readonly resets_in_seconds: number;
}

export interface GatewayAnswerOptions {
  readonly dialect: Dialect;
  /** `overloaded`: the original's answer to everyone when no account is left. */
  readonly unavailable: "limits" | "overloaded";
  readonly now: number;
}

/** What the original says to everyone, and this gateway to SDK callers. */
export const GATEWAY_UNAVAILABLE = {
  message: "No account available right now. Try again later.",
  type: "server_error",
  param: null,
  code: "server_is_overloaded",
} as const;

export type NoAnswer = Exclude<PublicFailure, { kind: "answer" }>;

export function gatewayAnswer(
  shown: NoAnswer,
  { dialect, unavailable, now }: GatewayAnswerOptions,
): GatewayAnswer {
  const plain = unavailable === "overloaded" || dialect === "openai";
  switch (shown.kind) {
    case "gone":
      return { status: 499, error: GATEWAY_UNAVAILABLE, retryAfter: undefined };
    case "unreachable":
      return UNREACHABLE;
    case "empty":
      return plain ? overloaded(Infinity, now) : EMPTY;
    case "spent":
      return plain ? overloaded(shown.readyAt, now) : spent(shown.readyAt, now);
    case "busy":
      return plain ? overloaded(shown.readyAt, now) : busy(shown.readyAt, now);
  }
}

/** The client waits for `retry-after` and tries on, as it does offline. */
const UNREACHABLE: GatewayAnswer = {
  status: STATUS_CODE.ServiceUnavailable,
  error: {
    message: "Upstream cannot be reached. Check the network or the proxy.",
    type: "server_error",
    param: null,
    code: "upstream_unreachable",
  },
  retryAfter: 2,
};

/** A 400 is shown to the user word for word and not tried again. */
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

function overloaded(readyAt: number, now: number): GatewayAnswer {
  return {
    status: STATUS_CODE.ServiceUnavailable,
    error: GATEWAY_UNAVAILABLE,
    retryAfter: retryAfter(readyAt, now),
  };
}

/** The client shows the time and does not try again. */
function spent(readyAt: number, now: number): GatewayAnswer {
  return {
    status: STATUS_CODE.TooManyRequests,
    error: {
      type: "usage_limit_reached",
      message: "The usage limit has been reached",
      resets_at: Math.ceil(readyAt / 1000),
      resets_in_seconds: Math.max(1, secondsUntil(readyAt, now)),
    },
    retryAfter: undefined,
  };
}

/** As long as the client's five retries can bridge. */
const PATIENCE_MS = 5 * 60 * 1000;

/** The client waits as long as it is told, and tries again. */
function busy(readyAt: number, now: number): GatewayAnswer {
  if (readyAt - now > PATIENCE_MS) return away(readyAt);
  const seconds = retryAfter(readyAt, now);
  return {
    status: STATUS_CODE.TooManyRequests,
    error: {
      message: `No account available right now. Try again in ${seconds}s.`,
      type: "rate_limit_error",
      param: null,
      code: "rate_limit_exceeded",
    },
    retryAfter: seconds,
  };
}

/** Too long to wait for: said at once, as a 400 is shown and not retried. */
function away(readyAt: number): GatewayAnswer {
  const at = new Date(readyAt).toISOString().replace(/\.\d+Z$/, "Z");
  return {
    status: STATUS_CODE.BadRequest,
    error: {
      message:
        `No account can serve before ${at}. GET /admin/accounts on Codaze's admin port tells why; POST /admin/accounts/wake tries them again.`,
      type: "invalid_request_error",
      param: null,
      code: "no_account_available",
    },
    retryAfter: undefined,
  };
}

function retryAfter(readyAt: number, now: number): number {
  return Math.min(60, Math.max(1, secondsUntil(readyAt, now)));
}

function secondsUntil(at: number, now: number): number {
  return Math.ceil((at - now) / 1000);
}
