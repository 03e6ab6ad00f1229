/**
 * What goes to a websocket caller: frames in order, and at last a close frame.
 *
 * The runtime's socket takes any amount and tells only how much is waiting, so
 * the other side is paused by what piles up here.
 */
import { passedOnClose } from "../protocol/close_codes.ts";
import type { Runtime } from "../runtime.ts";
import type { Closing } from "./session_state.ts";

export interface OutboxOptions {
  readonly after: Runtime["after"];
  /** Stops and starts what fills this outbox. */
  readonly pause: () => void;
  readonly resume: () => void;
}

/** As much of a websocket as it takes to send on one. */
export interface CallerSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  addEventListener(type: "open", listener: () => void): void;
}

const HIGH_BYTES = 4 * 1024 * 1024;
const LOW_BYTES = 1024 * 1024;

/** How often a slow caller is looked after: there is no event for it. */
const LOOK_MS = 20;

export class Outbox {
  readonly #options: OutboxOptions;
  #socket: CallerSocket | undefined;
  #waiting: string[] = [];
  #closing: Closing | undefined;
  #cancelLook: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Whether the caller is there, or has yet to hear the close frame. */
  get isOpen(): boolean {
    return this.#socket !== undefined &&
      this.#socket.readyState !== WebSocket.CLOSED;
  }

  /** The caller's socket, open or about to be. */
  attach(socket: CallerSocket): void {
    this.#socket = socket;
    socket.addEventListener("open", () => this.#flush());
    if (socket.readyState === WebSocket.OPEN) this.#flush();
  }

  send(text: string): void {
    if (this.#closing) return;
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CONNECTING) {
      this.#waiting.push(text);
      return;
    }
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(text);
    if (socket.bufferedAmount > HIGH_BYTES) this.#hold(socket);
  }

  /** Says why, after everything that was sent. Later calls are ignored. */
  close(closing: Closing): void {
    if (this.#closing) return;
    const { code, reason } = passedOnClose(closing.code, closing.reason);
    this.#closing = { code, reason };
    this.#cancelLook?.();
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.close(code, reason);
    }
  }

  /** The caller is gone: nothing waits for it any more. */
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
    // Again each time: what fills this may have changed.
    this.#options.pause();
    if (this.#cancelLook) return;
    const look = () => {
      this.#cancelLook = undefined;
      if (socket.bufferedAmount < LOW_BYTES) return this.#options.resume();
      this.#cancelLook = this.#options.after(LOOK_MS, look);
    };
    this.#cancelLook = this.#options.after(LOOK_MS, look);
  }
}
