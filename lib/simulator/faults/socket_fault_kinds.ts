/**
 * The kinds of fault that only a websocket can show; data, no builders.
 */

/** Frames that RFC 6455 does not allow a server to send. */
export type FramingError =
  | "masked"
  | "reserved_bit"
  | "reserved_opcode"
  | "lone_continuation"
  | "not_utf8"
  | "long_ping";

/** Happens inside a turn; `after` counts the events sent before it. */
export type SocketFault =
  | {
    readonly kind: "close";
    readonly after: number;
    readonly code: number;
    readonly reason: string;
  }
  | { readonly kind: "binary"; readonly after: number }
  | { readonly kind: "garbage"; readonly after: number; readonly text: string }
  | {
    readonly kind: "framing";
    readonly after: number;
    readonly error: FramingError;
  }
  | {
    readonly kind: "fragmented";
    readonly after: number;
    readonly pieces: number;
  }
  | {
    readonly kind: "large";
    readonly after: number;
    readonly bytes: number;
    /** The largest payload of one frame. */
    readonly frameBytes: number;
  }
  | { readonly kind: "ping"; readonly after: number; readonly payload: string }
  | { readonly kind: "half_open"; readonly after: number };

const SOCKET_FAULTS: ReadonlySet<string> = new Set<SocketFault["kind"]>([
  "close",
  "binary",
  "garbage",
  "framing",
  "fragmented",
  "large",
  "ping",
  "half_open",
]);

export function isSocketFault(
  fault: { readonly kind: string },
): fault is SocketFault {
  return SOCKET_FAULTS.has(fault.kind);
}
