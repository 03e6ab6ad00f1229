/**
 * One websocket, with control over every frame and over the TCP connection.
 *
 * Answers pings and closes as RFC 6455 asks. Does not look into messages:
 * `session.ts` does.
 */

import type { Socket } from "node:net";
import type { HeaderLine } from "../../protocol/headers.ts";
import {
  type Closed,
  closeText,
  type ConnectionDetails,
  type Side,
  type SimulatedConnection,
} from "./connection_record.ts";
import { FrameReader } from "./frame_reader.ts";
import {
  type Close,
  closePayload,
  encodeFrame,
  type Frame,
  frameOf,
  OPCODE,
} from "./frames.ts";
import { messageFrames } from "./message_frames.ts";
import { type Message, MessageReader } from "./message_reader.ts";
import { CONNECTION_LIMIT_REACHED } from "../faults/socket_errors.ts";
import { Wire } from "./wire.ts";

/** How long the other side has to answer a close frame. */
const CLOSE_PATIENCE_MS = 2_000;
const UNSUPPORTED_DATA: Close = { code: 1003, reason: "no binary messages" };
const NO_STATUS = 1005;
const ABNORMAL = 1006;

export class Connection implements SimulatedConnection {
  readonly id: number;
  readonly account: string;
  readonly headers: readonly HeaderLine[];
  readonly deflate: boolean;
  readonly openedAt: number;
  readonly framesIn: string[] = [];
  readonly framesOut: string[] = [];
  readonly controlsIn: string[] = [];
  readonly controlsOut: string[] = [];
  closed: Closed | undefined;
  /** Called with each text message of the caller. */
  onText: (text: string) => void = () => {};
  /** Called with what the caller did that no honest caller does. */
  onViolation: (what: string) => void = () => {};
  readonly wire: Wire;
  readonly #details: ConnectionDetails;
  readonly #frames: FrameReader;
  readonly #messages: MessageReader;
  /** The first close frame, sent or received. */
  #closing: Closed | undefined;
  #closeTimer: ReturnType<typeof setTimeout> | undefined;

  /** `head`: bytes that arrived together with the handshake. */
  constructor(details: ConnectionDetails, socket: Socket, head: Uint8Array) {
    this.id = details.id;
    this.account = details.account;
    this.headers = details.headers;
    this.deflate = details.deflate;
    this.openedAt = details.openedAt;
    this.#details = details;
    const maxBytes = details.maxMessageBytes;
    this.#frames = new FrameReader({ masked: true, maxPayload: maxBytes });
    this.#messages = new MessageReader({ deflate: this.deflate, maxBytes });
    this.wire = new Wire(socket, () => this.#ended());
    // Read only after our creator has set `onText` and `onViolation`.
    queueMicrotask(() => {
      this.#read(head);
      this.wire.receive((chunk) => this.#read(chunk));
    });
  }

  /** Resolves when there is room for more; false when the caller has left. */
  async sendText(text: string, pieces = 1): Promise<boolean> {
    const { open, deaf } = this.wire;
    if (!open || deaf) return open;
    this.#keep(this.framesOut, text);
    const compress = this.deflate;
    return await this.sendFrames(messageFrames(text, { compress, pieces }));
  }

  sendFrames(frames: readonly Frame[]): Promise<boolean> {
    for (const { opcode, payload } of frames) {
      if (opcode === OPCODE.ping) {
        this.#keep(this.controlsOut, `ping ${textOf(payload)}`);
      }
    }
    return this.wire.send(frames.map((frame) => encodeFrame(frame)));
  }

  send(text: string): void {
    void this.sendText(text);
  }

  ping(payload = ""): void {
    const bytes = new TextEncoder().encode(payload);
    void this.sendFrames([frameOf(OPCODE.ping, bytes)]);
  }

  closeIdle(code = 1000, reason = ""): void {
    this.#close({ code, reason }, "upstream");
  }

  cut(): void {
    this.wire.cut();
  }

  reset(): void {
    this.wire.reset();
  }

  stopReading(): void {
    this.wire.stopReading();
  }

  resumeReading(): void {
    this.wire.resumeReading();
  }

  expire(): void {
    this.send(JSON.stringify(CONNECTION_LIMIT_REACHED));
    this.onText = () => {};
  }

  #read(chunk: Uint8Array): void {
    const { frames, broken } = this.#frames.push(chunk);
    for (const frame of frames) {
      const message = this.#messages.push(frame);
      if (message !== undefined) this.#take(message);
    }
    if (broken !== undefined) this.#take({ kind: "broken", close: broken });
  }

  #take(message: Message): void {
    // After a close frame, only the answer to ours counts.
    if (this.#closing !== undefined && message.kind !== "close") return;
    switch (message.kind) {
      case "text":
        this.#keep(this.framesIn, message.text);
        return this.onText(message.text);
      case "binary":
        this.onViolation("a binary message was sent");
        return this.#close(UNSUPPORTED_DATA, "upstream");
      case "ping":
        this.#keep(this.controlsIn, `ping ${textOf(message.payload)}`);
        this.#keep(this.controlsOut, `pong ${textOf(message.payload)}`);
        return void this.sendFrames([frameOf(OPCODE.pong, message.payload)]);
      case "pong":
        return this.#keep(this.controlsIn, `pong ${textOf(message.payload)}`);
      case "close":
        this.#keep(this.controlsIn, closeText(message.close));
        return this.#close(message.close, "caller");
      case "broken":
        this.onViolation(`a broken frame was sent: ${message.close.reason}`);
        return this.#close(message.close, "upstream");
    }
  }

  /** The closing handshake; the server closes TCP first (RFC 6455, 7.1.1). */
  #close(close: Close, by: Side): void {
    if (this.closed !== undefined) return;
    if (this.#closing === undefined) {
      this.#closing = { ...close, by };
      this.#keep(this.controlsOut, closeText(close));
      const bare = close.code === NO_STATUS;
      const payload = bare ? new Uint8Array() : closePayload(close);
      void this.sendFrames([frameOf(OPCODE.close, payload)]);
      this.wire.shut();
    }
    if (by === "caller") return this.wire.end();
    this.#closeTimer ??= setTimeout(() => this.wire.end(), CLOSE_PATIENCE_MS);
  }

  #ended(): void {
    clearTimeout(this.#closeTimer);
    this.closed ??= this.#closing ?? {
      code: ABNORMAL,
      reason: "",
      by: this.wire.cutByUs ? "upstream" : "caller",
    };
    this.#details.changed();
  }

  #keep(list: string[], entry: string): void {
    if (this.#details.record) list.push(entry.trimEnd());
    this.#details.changed();
  }
}

function textOf(payload: Uint8Array): string {
  return new TextDecoder().decode(payload);
}
