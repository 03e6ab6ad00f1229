/**
 * A turn that failed inside a 200, as an error with a status: for callers that
 * get the turn whole, or whose turn failed before its first content.
 *
 * Reads one event. Does not decide whether another account is asked
 * (`failure/failure.ts` does).
 */
import { STATUS_CODE } from "@std/http";
import { verdictOf } from "../../failure/codes.ts";
import { MAX_ERROR_EVENT_CHARS, OVERLOAD_WAIT_S } from "../../limits.ts";
import type { ErrorDetail } from "../../protocol/errors.ts";
import {
  type JsonObject,
  objectField,
  parseObject,
  stringField,
} from "../../protocol/json.ts";
import type { Interruption, TurnError } from "./answer_writer.ts";
import { type Meaning, meaningOfWords } from "./refusal_words.ts";

/** The error of a `response.failed` or `error` event, given its data. */
export function turnError(data: string): TurnError {
  const event = data.length > MAX_ERROR_EVENT_CHARS
    ? {}
    : parseObject(data) ?? {};
  const said = errorIn(event);
  const message = stringField(said, "message");
  const words = meaningOfWords(message ?? "");
  if (words?.isOurs) return ourMistake(message ?? "", words);
  const code = stringField(said, "code") ?? words?.code ?? null;
  const { status, type, retryAfter } = kindOf(
    code,
    stringField(said, "type"),
  );
  const error = {
    message: message ?? code ?? "The turn failed upstream",
    type,
    param: stringField(said, "param") ?? words?.param ?? null,
    code: code ?? (type === SERVER ? "server_error" : null),
  };
  return { status, error, retryAfter };
}

function ourMistake(message: string, { code, param }: Meaning): TurnError {
  return {
    status: STATUS_CODE.InternalServerError,
    error: { message, type: SERVER, param, code },
    retryAfter: undefined,
  };
}

/** The error of a turn that upstream did not end. */
export function interruptionError(why: Interruption): TurnError {
  const error: ErrorDetail = { ...why, type: SERVER, param: null };
  return { status: STATUS_CODE.BadGateway, error, retryAfter: undefined };
}

/** `response.error`, `error`, or the event itself if it is flat. */
function errorIn(event: JsonObject): JsonObject {
  const response = objectField(event, "response");
  if (response) return objectField(response, "error") ?? {};
  // The `type` of a flat event names the event.
  return objectField(event, "error") ?? { ...event, type: undefined };
}

const SERVER = "server_error";
const REQUEST = "invalid_request_error";

interface Kind {
  readonly status: number;
  readonly type: string;
  readonly retryAfter: number | undefined;
}

function kindOf(code: string | null, type: string | undefined): Kind {
  const verdict = verdictOf(code ?? undefined) ?? verdictOf(type);
  switch (code === "slow_down" ? "unavailable" : verdict?.kind) {
    case "request_rejected":
    case "account_refused":
      return kind(STATUS_CODE.BadRequest, REQUEST);
    case "rate_limited":
      return kind(STATUS_CODE.TooManyRequests, "rate_limit_error");
    case "quota_exhausted":
      return kind(STATUS_CODE.TooManyRequests, "insufficient_quota");
    case "unavailable":
      return kind(STATUS_CODE.ServiceUnavailable, SERVER, OVERLOAD_WAIT_S);
    case "access_token_rejected":
    case "risk_controlled":
    case "edge_refused":
    case undefined:
      return type === REQUEST
        ? kind(STATUS_CODE.BadRequest, REQUEST)
        : kind(STATUS_CODE.InternalServerError, SERVER);
  }
}

function kind(
  status: number,
  type: string,
  retryAfter?: number,
): Kind {
  return { status, type, retryAfter };
}
