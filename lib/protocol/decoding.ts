/**
 * Decodes a body with a content coding (RFC 9110, section 8.4.1) as a stream.
 * What the encoder has flushed comes out at once, and only a few buffers are
 * held, however far a few bytes expand.
 *
 * A truncated body is an error, not an end. Does not read headers.
 */
import type {
  BrotliDecompress,
  Gunzip,
  Inflate,
  InflateRaw,
  ZstdDecompress,
} from "node:zlib";
import { node } from "../std/node.ts";
import type { Coding } from "./content_coding.ts";
import { ZstdFrames } from "./zstd/frames.ts";

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

/** `body`, decoded, as a byte stream. */
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
  /** Bytes given out, and the total once it is known. */
  #given = 0;
  #end = Infinity;
  /** Resolves whenever there may be something to read. */
  #news = Promise.withResolvers<void>();

  constructor(body: ReadableStream<Bytes>, coding: Coding) {
    this.#reader = body.getReader();
    this.#coding = coding;
  }

  async pull(controller: ReadableByteStreamController): Promise<void> {
    this.#feeding ??= this.#feed();
    const part = await this.#next();
    // A copy, because the stream takes the memory that the engine still needs.
    if (part) return controller.enqueue(new Uint8Array(part));
    controller.close();
    controller.byobRequest?.respond(0);
  }

  async cancel(reason: unknown): Promise<void> {
    this.#engine?.destroy();
    await this.#reader.cancel(reason);
  }

  /** The next part; undefined at the end. Rejects if the body is damaged. */
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
      // The rest of the body is not needed.
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
    if (this.#coding === "zstd") emitLateErrors(engine);
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

  /** Resolves when the engine has taken the whole chunk. */
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
    // The body was empty, or the reader has cancelled.
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

  /** Whether the data is complete; some engines do not report that. */
  async #isWhole(engine: Engine): Promise<boolean> {
    switch (this.#coding) {
      case "deflate":
      case "gzip":
        return true;
      case "zstd":
        return this.#frames.atBoundary;
      case "br": {
        this.#end = this.#given + engine.readableLength;
        // An engine that has reached the end takes no more bytes.
        const { bytesWritten } = engine;
        await this.#put(engine, new Uint8Array(1));
        return engine.bytesWritten === bytesWritten;
      }
    }
  }
}

function createEngine(coding: Coding, chunk: Bytes): Engine {
  const { zlib } = node();
  switch (coding) {
    case "br":
      return zlib.createBrotliDecompress(OPTIONS);
    case "deflate":
      // Some servers leave out the zlib header, whose first byte ends in 8.
      return ((chunk[0] ?? 0) & 0xf) === 8
        ? zlib.createInflate(OPTIONS)
        : zlib.createInflateRaw(OPTIONS);
    case "gzip":
      return zlib.createGunzip(OPTIONS);
    case "zstd":
      return zlib.createZstdDecompress({
        ...OPTIONS,
        params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
      });
  }
}

/**
 * Damage of zstd data that shows only after some output did not fit is thrown by
 * the runtime in a tick of its own: nothing could catch it, and the engine would
 * never end. Here it becomes the engine's `error`. The handle's own calls are
 * the only place where that can be done.
 */
function emitLateErrors(engine: Engine): void {
  const handle: unknown = Reflect.get(engine, "_handle");
  if (typeof handle !== "object" || handle === null) return;
  for (const key of Object.getOwnPropertySymbols(handle)) {
    const call: unknown = Reflect.get(handle, key);
    if (typeof call !== "function") continue;
    Reflect.set(handle, key, (...given: readonly unknown[]) => {
      try {
        return Reflect.apply(call, handle, given);
      } catch (error) {
        engine.destroy(error instanceof Error ? error : undefined);
      }
    });
  }
}
