/**
 * What went over one websocket, and how it ended.
 */

import type { HeaderLine } from "../../protocol/headers.ts";
import type { Close } from "./frames.ts";

export type Side = "caller" | "upstream";

export interface Closed extends Close {
  /** The side that sent the first close frame, or left without one (1006). */
  readonly by: Side;
}

export interface SimulatedConnection {
  /** From 1, in the order of the handshakes. */
  readonly id: number;
  /** Name of the account whose token it was opened with. */
  readonly account: string;
  /** The handshake's header lines, in wire order and case. */
  readonly headers: readonly HeaderLine[];
  /** Whether messages may be compressed. */
  readonly deflate: boolean;
  /** Ms since the epoch. */
  readonly openedAt: number;
  /** Text messages of the caller, fragments joined. */
  readonly framesIn: readonly string[];
  /** Text messages to the caller. */
  readonly framesOut: readonly string[];
  /** `ping hb`, `pong hb`, `close 1000 bye`, in order of arrival. */
  readonly controlsIn: readonly string[];
  readonly controlsOut: readonly string[];
  /** Undefined while the TCP connection is open. */
  readonly closed: Closed | undefined;
  /** Sends a text message outside of any turn. */
  send(text: string): void;
  ping(payload?: string): void;
  /** Closes with a close frame, as an upstream closes an idle connection. */
  closeIdle(code?: number, reason?: string): void;
  /** Closes the TCP connection without a close frame. */
  cut(): void;
  /** Resets the TCP connection (RST). */
  reset(): void;
  /** Stops reading, so that the caller's writes fill the buffers. */
  stopReading(): void;
  resumeReading(): void;
  /** Says that the connection is too old; later requests get no answer. */
  expire(): void;
}

/** What is known of a connection when it is opened. */
export interface ConnectionDetails {
  readonly id: number;
  readonly account: string;
  readonly headers: readonly HeaderLine[];
  readonly deflate: boolean;
  readonly openedAt: number;
  readonly maxMessageBytes: number;
  /** False: frames are not kept, which long runs need. */
  readonly record: boolean;
  /** Called whenever the record has changed. */
  readonly changed: () => void;
}

/** A close frame as it stands in the records. */
export function closeText({ code, reason }: Close): string {
  return `close ${code} ${reason}`.trimEnd();
}
