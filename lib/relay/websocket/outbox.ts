/**
 * Sends frames to a websocket caller, in order, and the close frame last.
 *
 * The runtime's socket accepts any amount and only reports how much is waiting.
 * So upstream is paused while too much waits for a slow caller. Makes no frames
 * itself.
 */
import {
  OUTBOX_HIGH_BYTES,
  OUTBOX_LOOK_MS,
  OUTBOX_LOW_BYTES,
} from "../../limits.ts";
import { passedOnClose } from "../../protocol/close_codes.ts";
import type { Runtime } from "../../runtime.ts";
import type { Closing } from "./session_state.ts";

export interface OutboxOptions {
  readonly after: Runtime["after"];
  /** Stop and start reading from upstream, which fills this outbox. */
  readonly pause: () => void;
  readonly resume: () => void;
}

/** The part of a `WebSocket` that sending needs. */
export interface CallerSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  addEventListener(
    type: "open",
    listener: () => void,
    options: { once: true },
  ): void;
}

/**
 * States of a socket (WHATWG WebSockets, section 3.1). The runtime looks the
 * global `WebSocket` up anew at each use, which is felt in every frame.
 */
const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;

export class Outbox {
  readonly #options: OutboxOptions;
  #socket: CallerSocket | undefined;
  #waiting: string[] = [];
  #closing: Closing | undefined;
  #cancelLook: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Whether the caller's socket is not closed yet; it may be closing. */
  get isOpen(): boolean {
    return this.#socket !== undefined &&
      this.#socket.readyState !== CLOSED;
  }

  /** Takes the caller's socket, which is open or still connecting. */
  attach(socket: CallerSocket): void {
    this.#socket = socket;
    socket.addEventListener("open", () => this.#flush(), { once: true });
    if (socket.readyState === OPEN) this.#flush();
  }

  send(text: string): void {
    if (this.#closing) return;
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === CONNECTING) {
      this.#waiting.push(text);
      return;
    }
    if (socket.readyState !== OPEN) return;
    socket.send(text);
    if (socket.bufferedAmount > OUTBOX_HIGH_BYTES) this.#hold(socket);
  }

  /** Closes after everything that was sent. Later calls are ignored. */
  close(closing: Closing): void {
    if (this.#closing) return;
    const { code, reason } = passedOnClose(closing.code, closing.reason);
    this.#closing = { code, reason };
    this.#cancelLook?.();
    if (this.#socket?.readyState === OPEN) {
      this.#socket.close(code, reason);
    }
  }

  /** Drops what is waiting: the caller has left. */
  stop(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    this.#waiting = [];
  }

  #flush(): void {
    for (const text of this.#waiting.splice(0)) this.#socket?.send(text);
    if (this.#closing) {
      this.#socket?.close(this.#closing.code, this.#closing.reason);
    }
  }

  #hold(socket: CallerSocket): void {
    // Pauses every time: the upstream connection may be a new one.
    this.#options.pause();
    if (this.#cancelLook) return;
    const look = () => {
      this.#cancelLook = undefined;
      if (socket.bufferedAmount < OUTBOX_LOW_BYTES) {
        return this.#options.resume();
      }
      this.#cancelLook = this.#options.after(OUTBOX_LOOK_MS, look);
    };
    this.#cancelLook = this.#options.after(OUTBOX_LOOK_MS, look);
  }
}
