/**
 * Reads an open answer chunk by chunk, so that a read that is under way can be
 * left to whoever reads next, and so that the connection is used again after
 * the end.
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
  /** Who gets what is read next. */
  #came: Came | undefined;
  #broke: Broke | undefined;
  #isReading = false;
  /** Takes up what came while nobody waited for it. */
  #early: ((came: Came, broke: Broke) => void) | undefined;

  constructor(body: ReadableStream<Chunk>) {
    this.#source = bodySource(body);
  }

  /**
   * Reads the next chunk and calls one of the two, neither of which may throw.
   * One reader at a time: whoever calls this takes a read over that was begun
   * for another.
   */
  take(came: Came, broke: Broke): void {
    const early = this.#early;
    if (early) {
      this.#early = undefined;
      return early(came, broke);
    }
    this.#came = came;
    this.#broke = broke;
    if (this.#isReading) return;
    this.#isReading = true;
    this.#source.read(this.#arrived, this.#failed);
  }

  /** Nobody waits any more: what comes is for the next `take`. */
  leave(): void {
    this.#came = undefined;
    this.#broke = undefined;
  }

  /** Closes the upstream connection. */
  async cancel(): Promise<void> {
    await this.#source.cancel();
  }

  /**
   * Reads the little that may follow the end of a turn, so that the connection
   * returns to the pool. Closes the connection if upstream does not end soon.
   */
  drain(after: (task: () => void) => () => void): void {
    const stop = after(() => void this.cancel());
    let left = DRAIN_CHUNKS;
    const came = (chunk: Chunk | undefined) => {
      left--;
      if (chunk !== undefined && left > 0) return this.take(came, stop);
      stop();
      if (chunk !== undefined) void this.cancel();
    };
    // The turn was complete, so a cut here loses nothing.
    this.take(came, stop);
  }

  readonly #arrived = (chunk: Chunk | undefined): void => {
    this.#isReading = false;
    const came = this.#came;
    if (came) came(chunk);
    else this.#early = (late) => late(chunk);
  };

  readonly #failed = (error: unknown): void => {
    this.#isReading = false;
    const broke = this.#broke;
    if (broke) broke(error);
    else this.#early = (_, late) => late(error);
  };
}
