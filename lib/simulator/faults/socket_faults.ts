/**
 * Faults that only a websocket can show; builders only.
 *
 * `after` counts the events of a turn before the fault. A `SocketFault` is
 * carried out in `socket_sink.ts`; added with `SimulatedAccount.fault`, it
 * waits for a turn over a websocket and never shows over SSE.
 */

import { STATUS_CODE } from "@std/http";
import type { Fault } from "./faults.ts";
import type { FramingError, SocketFault } from "./socket_fault_kinds.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { HeaderLine } from "../../protocol/headers.ts";
import { refusal } from "./refusals.ts";

/** A close frame in place of the rest of the turn. */
export function closeWith(code: number, reason = "", after = 0): SocketFault {
  return { kind: "close", after, code, reason };
}

/** A binary message of two bytes between two events. */
export function binaryFrame(after = 0): SocketFault {
  return { kind: "binary", after };
}

/** A text message that is not JSON between two events. */
export function garbageFrame(after = 0, text = "not json"): SocketFault {
  return { kind: "garbage", after, text };
}

/** A frame that breaks RFC 6455 between two events. */
export function framingError(error: FramingError, after = 0): SocketFault {
  return { kind: "framing", after, error };
}

/** From then on every message comes in `pieces`, with pings between them. */
export function fragmented(after = 0, pieces = 3): SocketFault {
  return { kind: "fragmented", after, pieces };
}

/**
 * A message of `bytes` bytes and of unknown type between two events, in frames
 * of at most `frameBytes`. The client takes frames of up to 16 MiB
 * (docs/client.md, "Frames").
 */
export function largeFrame(
  bytes: number,
  after = 0,
  frameBytes = Infinity,
): SocketFault {
  return { kind: "large", after, bytes, frameBytes };
}

/** A ping between two events. */
export function pingFrame(after = 1, payload = "hb"): SocketFault {
  return { kind: "ping", after, payload };
}

/**
 * From then on nothing is read, sent or answered, but the connection stays
 * open, as if the host had lost power.
 */
export function halfOpen(after = 0): SocketFault {
  return { kind: "half_open", after };
}

/** 101 with the key of another handshake; for `faultAt("handshake", …)`. */
export function wrongAcceptKey(): Fault {
  return { kind: "wrong_accept" };
}

/** 426, as recorded; for `faultAt("handshake", …)`. */
export function upgradeRequired(): Fault {
  const error = {
    type: "invalid_request_error",
    code: null,
    message: "upgrade required",
    param: null,
  };
  return refusal(STATUS_CODE.UpgradeRequired, { error });
}

/** 200 in place of 101, as recorded; for `faultAt("handshake", …)`. */
export function plainOk(): Fault {
  return refusal(STATUS_CODE.OK, { ok: true });
}

/** An `error` event with header lines, such as `retry-after`. */
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
