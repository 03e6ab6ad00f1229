/**
 * Refusals as a websocket shows them: an `error` event in place of a status, as
 * recorded unless a comment says otherwise.
 */

import { STATUS_CODE } from "@std/http";
import { isObject, type JsonObject, parseObject } from "../../protocol/json.ts";
import type { TurnEvent } from "../model/events.ts";
import type { StatusFault } from "./faults.ts";
import type { Refused } from "./refusals.ts";

export const CONNECTION_LIMIT_REACHED: TurnEvent = {
  type: "error",
  status: STATUS_CODE.BadRequest,
  error: {
    type: "invalid_request_error",
    code: "websocket_connection_limit_reached",
    message: "Responses websocket connection limit reached (60 minutes). " +
      "Create a new websocket connection to continue.",
  },
};

export function previousResponseNotFound(id: string): TurnEvent {
  return {
    type: "error",
    status: STATUS_CODE.BadRequest,
    error: {
      type: "invalid_request_error",
      code: "previous_response_not_found",
      message: `Previous response with id '${id}' not found.`,
      param: "previous_response_id",
    },
  };
}

/** For a request that cannot be read. Not from a capture. */
export function invalidRequest(message: string): TurnEvent {
  return errorOf({ status: STATUS_CODE.BadRequest, body: { detail: message } });
}

/** A body without `error` is not from a capture. */
export function errorOf({ status, body }: Refused): TurnEvent {
  return { type: "error", status, error: errorIn(body) };
}

/** The same refusal as over HTTP, with its headers. */
export function errorOfStatus(fault: StatusFault): TurnEvent {
  const { status, headers, body } = fault;
  const event = errorOf({ status, body: parseObject(body) ?? body });
  const lines = headers.filter(([name]) => name !== "content-type");
  if (lines.length === 0) return event;
  return { ...event, headers: Object.fromEntries(lines) };
}

function errorIn(body: unknown): JsonObject {
  const { error, detail } = isObject(body) ? body : {};
  if (isObject(error)) return error;
  const message = typeof detail === "string"
    ? detail
    : JSON.stringify(detail ?? body);
  return { type: "invalid_request_error", code: null, message };
}
