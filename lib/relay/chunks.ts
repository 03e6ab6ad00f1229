/**
 * Reads an open answer chunk by chunk, so that a read can be raced, and so that
 * the connection is used again after the end.
 */
import { DRAIN_CHUNKS } from "../limits.ts";
import {
  type BodySource,
  bodySource,
  type Broke,
  type Came,
  type Chunk,
} from "./body_source.ts";

export class ChunkReader {
  readonly #source: BodySource;
  #pending: Promise<Chunk | undefined> | undefined;

  constructor(body: ReadableStream<Chunk>) {
    this.#source = bodySource(body);
  }

  /** Starts the read that the next `read` returns, so that it can be raced. */
  peek(): Promise<Chunk | undefined> {
    return this.#pending ??= new Promise((came, broke) =>
      this.#source.read(came, broke)
    );
  }

  /** The next chunk, valid until the next read; undefined at the end. */
  read(): Promise<Chunk | undefined> {
    const next = this.peek();
    this.#pending = undefined;
    return next;
  }

  /** The same at a lower price. Neither of the two may throw. */
  take(came: Came, broke: Broke): void {
    if (this.#pending === undefined) this.#source.read(came, broke);
    else this.read().then(came, broke);
  }

  /** Closes the upstream connection. */
  async cancel(): Promise<void> {
    await this.#source.cancel();
  }

  /**
   * Reads the little that may follow the end of a turn, so that the connection
   * returns to the pool. Closes the connection if upstream does not end soon.
   */
  async drain(after: (task: () => void) => () => void): Promise<void> {
    const stop = after(() => void this.cancel());
    try {
      for (let left = DRAIN_CHUNKS; left > 0; left--) {
        if (await this.read() === undefined) return;
      }
      await this.cancel();
    } catch {
      // The turn was complete, so a cut here loses nothing.
    } finally {
      stop();
    }
  }
}
