/**
 * Reads an open answer chunk by chunk through one BYOB reader. Does not
 * interpret the bytes.
 *
 * This is the cheapest way to see every chunk in this runtime: the default
 * reader allocates 64 KiB per read; `tee` and `TransformStream` cost twice as
 * much.
 */
import { CHUNK_BYTES, DRAIN_CHUNKS } from "../limits.ts";

export type ReadResult = ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;

export class ChunkReader {
  readonly #reader: ReadableStreamBYOBReader;
  #buffer = new ArrayBuffer(CHUNK_BYTES);
  #pending: Promise<ReadResult> | undefined;

  constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = body.getReader({ mode: "byob" });
  }

  /** Starts the read that the next `read` returns, so that it can be raced. */
  peek(): Promise<ReadResult> {
    return this.#pending ??= this.#read();
  }

  /** The next chunk; give it back with `recycle` once it has been copied. */
  read(): Promise<ReadResult> {
    const pending = this.#pending ?? this.#read();
    this.#pending = undefined;
    return pending;
  }

  recycle(chunk: Uint8Array<ArrayBuffer>): void {
    this.#buffer = chunk.buffer;
  }

  /** Closes the upstream connection. */
  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }

  /**
   * Reads the little that may follow the end of a turn, so that the connection
   * returns to the pool. Closes the connection if upstream does not end soon.
   */
  async drain(after: (task: () => void) => () => void): Promise<void> {
    const stop = after(() => void this.cancel());
    try {
      for (let left = DRAIN_CHUNKS; left > 0; left--) {
        const { done, value } = await this.read();
        if (done) return;
        this.recycle(value);
      }
      await this.cancel();
    } catch {
      // The turn was complete, so a cut here loses nothing.
    } finally {
      stop();
    }
  }

  #read(): Promise<ReadResult> {
    const buffer = this.#buffer.byteLength > 0
      ? this.#buffer
      : new ArrayBuffer(CHUNK_BYTES);
    return this.#reader.read(new Uint8Array(buffer));
  }
}
