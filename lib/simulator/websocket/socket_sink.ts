/**
 * Sends the events of a turn over a websocket and carries out socket faults.
 */

import type { Connection } from "../frames/connection.ts";
import type { TurnEvent } from "../model/events.ts";
import { encodeFrame, type Frame, frameOf, OPCODE } from "../frames/frames.ts";
import { messageFrames } from "../frames/message_frames.ts";
import type { Sink } from "../faults/play.ts";
import type {
  FramingError,
  SocketFault,
} from "../faults/socket_fault_kinds.ts";

/** A masked frame needs a key; any will do. */
const KEY = new Uint8Array([1, 2, 3, 4]);

export class SocketSink implements Sink {
  readonly #connection: Connection;
  readonly #sending: (event: TurnEvent) => void;
  #pieces = 1;

  /** `sending` is called with each event just before it is sent. */
  constructor(
    connection: Connection,
    sending: (event: TurnEvent) => void = () => {},
  ) {
    this.#connection = connection;
    this.#sending = sending;
  }

  send(event: TurnEvent): Promise<boolean> {
    this.#sending(event);
    return this.#connection.sendText(JSON.stringify(event), this.#pieces);
  }

  pause(ms: number): Promise<boolean> {
    return this.#connection.wire.pause(ms);
  }

  /** The connection outlives the turn. */
  end(): void {}

  cut(event: TurnEvent | undefined): void {
    const text = event && JSON.stringify(event);
    for (const frame of this.#framesOf(text ?? "", 1)) {
      const bytes = encodeFrame(frame);
      const half = bytes.subarray(0, bytes.length >> 1);
      if (text !== undefined) void this.#connection.wire.send([half]);
    }
    this.#connection.cut();
  }

  async misbehave(fault: SocketFault): Promise<boolean> {
    const connection = this.#connection;
    switch (fault.kind) {
      case "close":
        connection.closeIdle(fault.code, fault.reason);
        return false;
      case "binary":
        return await connection.sendFrames([
          frameOf(OPCODE.binary, new Uint8Array([1, 2])),
        ]);
      case "garbage":
        return await connection.sendText(fault.text);
      case "framing":
        return await connection.wire.send([brokenFrame(fault.error)]);
      case "fragmented":
        this.#pieces = fault.pieces;
        return true;
      case "large":
        return await this.#sendLarge(fault.bytes, fault.frameBytes);
      case "ping":
        connection.ping(fault.payload);
        return true;
      case "half_open":
        connection.wire.die();
        return true;
    }
  }

  /** Not recorded, because the text would fill the memory of a test run. */
  async #sendLarge(bytes: number, frameBytes: number): Promise<boolean> {
    const event = { type: "codex.padding", padding: "" };
    const room = bytes - JSON.stringify(event).length;
    const padding = "x".repeat(Math.max(0, room));
    const text = JSON.stringify({ ...event, padding });
    const pieces = Math.ceil(bytes / frameBytes) || 1;
    const frames = this.#framesOf(text, pieces);
    return await this.#connection.wire.send(
      frames.map((frame) => encodeFrame(frame)),
    );
  }

  #framesOf(text: string, pieces: number): readonly Frame[] {
    return messageFrames(text, { compress: this.#connection.deflate, pieces });
  }
}

/** Frames against RFC 6455, sections 5.1, 5.2, 5.4, 8.1 and 5.5. */
function brokenFrame(error: FramingError): Uint8Array {
  const text = new TextEncoder().encode('{"type":"codex.unknown.event"}');
  switch (error) {
    case "masked":
      return encodeFrame(frameOf(OPCODE.text, text), KEY);
    case "reserved_bit": {
      const bytes = encodeFrame(frameOf(OPCODE.text, text));
      return bytes.fill((bytes[0] ?? 0) | 0x20, 0, 1);
    }
    case "reserved_opcode":
      return encodeFrame(frameOf(0x3, text));
    case "lone_continuation":
      return encodeFrame(frameOf(OPCODE.continuation, text));
    case "not_utf8":
      return encodeFrame(frameOf(OPCODE.text, new Uint8Array([0xc3, 0x28])));
    case "long_ping":
      return encodeFrame(frameOf(OPCODE.ping, new Uint8Array(126)));
  }
}
