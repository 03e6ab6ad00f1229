/**
 * Writes to a proxy and reads its answers until the tunnel is open: bytes and
 * heads, in whatever pieces they come.
 *
 * Knows no protocol. Buffers only what was asked for and what came with it.
 */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import type { Socket } from "node:net";
import { MAX_PROXY_HEAD_BYTES } from "../../limits.ts";

export class ProxyGreeting {
  readonly #socket: Socket;
  #held = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whether there are bytes that were not asked for. */
  get hasRest(): boolean {
    return this.#held.length > 0 || this.#socket.readableLength > 0;
  }

  say(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Exactly `size` bytes. Rejects if the connection ends before. */
  async bytes(size: number): Promise<Uint8Array> {
    while (this.#held.length < size) await this.#more();
    return this.#take(size);
  }

  /** Everything before an empty line, one character per byte. */
  async head(): Promise<string> {
    while (true) {
      const head = this.#held.subarray(0, MAX_PROXY_HEAD_BYTES);
      const text = head.toString("latin1");
      const end = /\r?\n\r?\n/.exec(text);
      if (end) {
        this.#take(end.index + end[0].length);
        return text.slice(0, end.index);
      }
      if (text.length === MAX_PROXY_HEAD_BYTES) {
        throw new Error("its answer has no end");
      }
      await this.#more();
    }
  }

  #take(size: number): Uint8Array {
    const taken = this.#held.subarray(0, size);
    this.#held = this.#held.subarray(size);
    return taken;
  }

  /**
   * Takes all there is. `read(size)` would leave a rest in the socket that is
   * too short to read, and `readable` would fire for it in an endless loop.
   */
  async #more(): Promise<void> {
    const socket = this.#socket;
    while (true) {
      const chunk: unknown = socket.read();
      if (chunk instanceof Buffer) {
        this.#held = Buffer.concat([this.#held, chunk]);
        return;
      }
      if (socket.readableEnded || socket.destroyed) {
        throw new Error("closed the connection");
      }
      await readableOrOver(socket);
    }
  }
}

async function readableOrOver(socket: Socket): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  try {
    await Promise.race([
      once(socket, "readable", { signal }),
      once(socket, "end", { signal }),
      once(socket, "close", { signal }),
    ]);
  } finally {
    over.abort();
  }
}
