/**
 * Undoes a content coding (RFC 9110, section 8.4.1) of a body as it flows: what
 * an encoder has flushed comes out at once, and never more than some buffers
 * of it are held, however far a few bytes expand.
 *
 * A body that ends before its coding does is an error, not an end.
 */
import {
  type BrotliDecompress,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  type Gunzip,
  type Inflate,
  type InflateRaw,
  type ZstdDecompress,
} from "node:zlib";
import type { Coding } from "./content_coding.ts";
import { ZstdFrames } from "./zstd_frames.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Engine =
  | BrotliDecompress
  | Gunzip
  | Inflate
  | InflateRaw
  | ZstdDecompress;

/** The largest window that the coding allows: 8 MiB (RFC 9659). */
const ZSTD_WINDOW_LOG = 23;

const OPTIONS = { chunkSize: 16_384 };
const ZSTD_OPTIONS = {
  ...OPTIONS,
  params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
};

/** One byte stream of what `body` was before it was encoded. */
export function decodedStream(
  body: ReadableStream<Bytes>,
  coding: Coding,
): ReadableStream<Bytes> {
  return new ReadableStream(new Decoding(body, coding));
}

class Decoding implements UnderlyingByteSource {
  readonly type = "bytes";
  readonly #reader: ReadableStreamDefaultReader<Bytes>;
  readonly #coding: Coding;
  readonly #frames = new ZstdFrames();
  #engine: Engine | undefined;
  #feeding: Promise<void> | undefined;
  #fed = false;
  #failure: unknown;
  /** Bytes given out, and where they end if that is known already. */
  #given = 0;
  #end = Infinity;
  /** Told whenever there may be something to read. */
  #news = Promise.withResolvers<void>();

  constructor(body: ReadableStream<Bytes>, coding: Coding) {
    this.#reader = body.getReader();
    this.#coding = coding;
  }

  async pull(controller: ReadableByteStreamController): Promise<void> {
    this.#feeding ??= this.#feed();
    const part = await this.#next();
    // A copy: the stream takes the memory away, and the engine needs it.
    if (part) return controller.enqueue(new Uint8Array(part));
    controller.close();
    controller.byobRequest?.respond(0);
  }

  async cancel(reason: unknown): Promise<void> {
    this.#engine?.destroy();
    await this.#reader.cancel(reason);
  }

  /** The next part; undefined at the end. Rejects when there was no proper one. */
  async #next(): Promise<Uint8Array | undefined> {
    while (true) {
      const { promise } = this.#news = Promise.withResolvers<void>();
      const part: Uint8Array | null = this.#engine?.read() ?? null;
      if (part !== null) {
        const left = this.#end - this.#given;
        this.#given += part.length;
        if (left > 0) return part.subarray(0, left);
        continue;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#fed) return undefined;
      await promise;
    }
  }

  async #feed(): Promise<void> {
    try {
      while (true) {
        const { done, value } = await this.#reader.read();
        if (done) break;
        if (value.length > 0) await this.#write(value);
      }
      await this.#finish();
    } catch (error) {
      this.#failure ??= error ?? new Error("the body was cut");
      this.#engine?.destroy();
      // What is still to come is nobody's business any more.
      void this.#reader.cancel().catch(() => {});
    }
    this.#fed = true;
    this.#news.resolve();
  }

  async #write(chunk: Bytes): Promise<void> {
    const engine = this.#engine ??= this.#start(chunk);
    if (this.#coding !== "zstd") return await this.#put(engine, chunk);
    let from = 0;
    for (const end of this.#frames.push(chunk)) {
      await this.#put(engine, chunk.subarray(from, end));
      from = end;
    }
    if (from < chunk.length) await this.#put(engine, chunk.subarray(from));
  }

  #start(chunk: Bytes): Engine {
    const engine = createEngine(this.#coding, chunk);
    engine.on("readable", () => this.#news.resolve());
    engine.on("error", (error: unknown) => this.#fail(error));
    engine.on("end", () => this.#news.resolve());
    engine.on("close", () => this.#news.resolve());
    return engine;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#news.resolve();
  }

  /** Resolves when the engine has taken all of it. */
  #put(engine: Engine, chunk: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(this.#failure ?? new Error("it was given up"));
      engine.once("close", gone);
      engine.write(chunk, (error) => {
        engine.off("close", gone);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  async #finish(): Promise<void> {
    const engine = this.#engine;
    // An empty body has nothing to undo, and who has left wants nothing.
    if (!engine || engine.destroyed) return;
    if (!await this.#isWhole(engine)) {
      throw new Error(`the ${this.#coding} data of the answer was cut off`);
    }
    const ended = new Promise<void>((resolve, reject) => {
      engine.once("end", resolve);
      engine.once("error", reject);
      engine.once("close", resolve);
    });
    engine.end();
    await ended;
  }

  /** Whether the coding is at its end, where the engine itself would not say. */
  async #isWhole(engine: Engine): Promise<boolean> {
    switch (this.#coding) {
      case "deflate":
      case "gzip":
        return true;
      case "zstd":
        return this.#frames.atBoundary;
      case "br": {
        this.#end = this.#given + engine.readableLength;
        // An engine that is at its end takes no more.
        const { bytesWritten } = engine;
        await this.#put(engine, new Uint8Array(1));
        return engine.bytesWritten === bytesWritten;
      }
    }
  }
}

function createEngine(coding: Coding, chunk: Bytes): Engine {
  switch (coding) {
    case "br":
      return createBrotliDecompress(OPTIONS);
    case "deflate":
      // Some leave out the zlib header, which has 8 in its low half.
      return ((chunk[0] ?? 0) & 0xf) === 8
        ? createInflate(OPTIONS)
        : createInflateRaw(OPTIONS);
    case "gzip":
      return createGunzip(OPTIONS);
    case "zstd":
      return createZstdDecompress(ZSTD_OPTIONS);
  }
}
