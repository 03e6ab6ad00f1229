/**
 * The TCP connection under a websocket: sends bytes, waits, ends.
 *
 * Knows no frames.
 */

import type { Socket } from "node:net";

export class Wire {
  readonly #socket: Socket;
  readonly #over = Promise.withResolvers<void>();
  #open = true;
  #deaf = false;
  /** We ended it, without a close frame. */
  cutByUs = false;

  /** `ended` is called once, when the connection is closed. */
  constructor(socket: Socket, ended: () => void) {
    this.#socket = socket;
    socket.on("close", () => {
      this.shut();
      ended();
    });
  }

  /** Whether bytes can still be sent. */
  get open(): boolean {
    return this.#open;
  }

  /** Whether `die` was called. */
  get deaf(): boolean {
    return this.#deaf;
  }

  receive(take: (chunk: Uint8Array) => void): void {
    this.#socket.on("data", (chunk: Uint8Array) => {
      if (!this.#deaf) take(chunk);
    });
  }

  /** Resolves when there is room for more; false when the caller has left. */
  async send(parts: readonly Uint8Array[]): Promise<boolean> {
    if (!this.#open || this.#deaf) return this.#open;
    const roomy = parts.map((part) => this.#socket.write(part)).every(Boolean);
    if (roomy) return true;
    const drained = Promise.withResolvers<void>();
    this.#socket.once("drain", drained.resolve);
    await Promise.race([drained.promise, this.#over.promise]);
    return this.#open;
  }

  /** Waits for `ms`; resolves to false at once if the connection ends. */
  async pause(ms: number): Promise<boolean> {
    if (!this.#open) return false;
    const time = Promise.withResolvers<void>();
    const timer = ms === Infinity ? undefined : setTimeout(time.resolve, ms);
    await Promise.race([time.promise, this.#over.promise]);
    clearTimeout(timer);
    return this.#open;
  }

  /** Nothing more is sent; ends all waits. */
  shut(): void {
    this.#open = false;
    this.#over.resolve();
  }

  /** Closes after everything written before has been sent. */
  end(): void {
    this.#socket.destroySoon();
  }

  cut(): void {
    this.cutByUs = true;
    this.shut();
    this.end();
  }

  reset(): void {
    this.cutByUs = true;
    this.shut();
    this.#socket.resetAndDestroy();
  }

  /** From now on nothing is read or sent, but the connection stays open. */
  die(): void {
    this.#deaf = true;
  }

  stopReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }
}
