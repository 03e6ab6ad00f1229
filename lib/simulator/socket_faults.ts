/**
 * What only a websocket can do wrong; builders only.
 *
 * Those with `after` count the events of a turn that go before; they are
 * carried out in `socket_sink.ts`. Asked for with `SimulatedAccount.fault`,
 * they wait for a turn over a websocket and never show over SSE.
 */

import { STATUS_CODE } from "@std/http";
import type { Fault } from "./faults.ts";
import type { FramingError, SocketFault } from "./socket_fault_kinds.ts";
import type { JsonObject } from "../protocol/json.ts";
import type { HeaderLine } from "../protocol/headers.ts";
import { refusal } from "./refusals.ts";

/** A close frame in place of the rest of the turn (C2-ws-close-*). */
export function closeWith(code: number, reason = "", after = 0): SocketFault {
  return { kind: "close", after, code, reason };
}

/** A binary message of two bytes between two events (C2-ws-binary-once). */
export function binaryFrame(after = 0): SocketFault {
  return { kind: "binary", after };
}

/** A text message that is not JSON between two events (C2-ws-garbage-then-ok). */
export function garbageFrame(after = 0, text = "not json"): SocketFault {
  return { kind: "garbage", after, text };
}

/** A frame that breaks RFC 6455 between two events. */
export function framingError(error: FramingError, after = 0): SocketFault {
  return { kind: "framing", after, error };
}

/** From then on every message in `pieces`, a ping between them (G10b). */
export function fragmented(after = 0, pieces = 3): SocketFault {
  return { kind: "fragmented", after, pieces };
}

/**
 * A message of `bytes` bytes and of unknown type between two events, in one
 * frame (G10) or in frames of `frameBytes`.
 */
export function largeFrame(
  bytes: number,
  after = 0,
  frameBytes = Infinity,
): SocketFault {
  return { kind: "large", after, bytes, frameBytes };
}

/** A ping between two events (C2-ws-silent-then-ping). */
export function pingFrame(after = 1, payload = "hb"): SocketFault {
  return { kind: "ping", after, payload };
}

/**
 * From then on nothing is read, sent or answered, and the connection stays
 * open: the host is gone and nobody has said so.
 */
export function halfOpen(after = 0): SocketFault {
  return { kind: "half_open", after };
}

/** 101 with a key that was not asked for; for `faultAt("handshake", …)`. */
export function wrongAcceptKey(): Fault {
  return { kind: "wrong_accept" };
}

/** 426; for `faultAt("handshake", …)` (C1-hs-426). */
export function upgradeRequired(): Fault {
  const error = {
    type: "invalid_request_error",
    code: null,
    message: "upgrade required",
    param: null,
  };
  return refusal(STATUS_CODE.UpgradeRequired, { error });
}

/** 200 in place of 101; for `faultAt("handshake", …)` (C1-hs-200). */
export function plainOk(): Fault {
  return refusal(STATUS_CODE.OK, { ok: true });
}

/** An `error` event with header lines, such as `retry-after` (F9c, F8b). */
export function errorEventWithHeaders(
  error: JsonObject,
  { status, headers, after = 0 }: {
    readonly status: number;
    readonly headers: readonly HeaderLine[];
    readonly after?: number;
  },
): Fault {
  const event = {
    type: "error",
    status,
    error,
    headers: Object.fromEntries(headers),
  };
  return { kind: "event", after, event };
}
