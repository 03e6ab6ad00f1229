/**
 * Finds the ends of zstd frames in a stream, chunk by chunk, without decoding
 * them (RFC 8878, section 3.1).
 *
 * Needed because Deno's `node:zlib` ends without an error wherever its input
 * ends, and drops what follows a frame in the same chunk. `frame.ts` is
 * stricter, for whole bodies.
 */

import { MAGIC, readBlock, readDescriptor } from "./format.ts";

/** The last hexadecimal digit may vary (section 3.1.2). */
const SKIPPABLE_MAGIC = 0x184d2a50;

/** What can be read next, with its number of bytes. */
const LENGTH = { magic: 4, descriptor: 1, block: 3, skippable: 4 };

export class ZstdFrames {
  #next: keyof typeof LENGTH | "end" | "garbage" = "magic";
  #read: number[] = [];
  /** Bytes to skip before the next item. */
  #skip = 0;
  #checksumBytes = 0;

  /** Whether everything so far is whole frames. */
  get atBoundary(): boolean {
    return this.#next === "magic" && this.#read.length === 0;
  }

  /** The offsets in `chunk` at which a frame has ended. */
  push(chunk: Uint8Array): readonly number[] {
    const ends: number[] = [];
    let at = 0;
    while (at < chunk.length && this.#next !== "garbage") {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.length - at);
        this.#skip -= skipped;
        at += skipped;
      } else {
        this.#take(chunk[at++] ?? 0);
      }
      if (this.#next !== "end" || this.#skip > 0) continue;
      ends.push(at);
      this.#next = "magic";
    }
    return ends;
  }

  #take(byte: number): void {
    if (this.#next === "end" || this.#next === "garbage") return;
    this.#read.push(byte);
    if (this.#read.length < LENGTH[this.#next]) return;
    const value = this.#read.reduceRight((sum, byte) => sum * 256 + byte, 0);
    this.#read = [];
    switch (this.#next) {
      case "magic":
        this.#next = kindOf(value);
        return;
      case "descriptor": {
        const { windowBytes, idBytes, sizeBytes, checksumBytes } =
          readDescriptor(value);
        this.#checksumBytes = checksumBytes;
        return this.#goOn(windowBytes + idBytes + sizeBytes, "block");
      }
      case "skippable":
        return this.#goOn(value, "end");
      case "block": {
        const { bytes, isLast } = readBlock(value);
        return isLast
          ? this.#goOn(bytes + this.#checksumBytes, "end")
          : this.#goOn(bytes, "block");
      }
    }
  }

  #goOn(skip: number, next: "block" | "end"): void {
    this.#skip = skip;
    this.#next = next;
  }
}

/** Garbage is left to the decoder, which reports it. */
function kindOf(magic: number): "descriptor" | "skippable" | "garbage" {
  if (magic === MAGIC) return "descriptor";
  return (magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC ? "skippable" : "garbage";
}
