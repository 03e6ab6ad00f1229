/**
 * Content codings of answers, for callers that accept them (RFC 9110, section
 * 12.5.3): of a whole body, or event by event with a flush after each.
 */

import { concat } from "@std/bytes";
import {
  brotliCompressSync,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import type { Coding } from "../../protocol/content_coding.ts";
import { type JsonObject, parseObject } from "../../protocol/json.ts";
import { decodeZstd } from "../../protocol/zstd/zstd.ts";

const CODINGS = {
  br: { whole: brotliCompressSync, flowing: () => createBrotliCompress() },
  deflate: { whole: deflateSync, flowing: () => createDeflate() },
  gzip: { whole: gzipSync, flowing: () => createGzip() },
  zstd: { whole: zstdCompressSync, flowing: () => createZstdCompress() },
};

/** The first of `offered` that an `accept-encoding` names, if any. */
export function negotiated(
  asked: string | undefined,
  offered: readonly Coding[],
): Coding | undefined {
  const named = new Set(
    (asked ?? "").split(",").map((item) => item.trim().toLowerCase())
      .filter((item) => !/;\s*q=0(?:\.0*)?$/.test(item))
      .map((item) => item.split(";", 1)[0]),
  );
  return offered.find((coding) => named.has(coding));
}

export function encodedWhole(bytes: Uint8Array, coding: Coding): Uint8Array {
  return CODINGS[coding].whole(bytes);
}

export class FlowingEncoder {
  readonly #encoder: ReturnType<typeof createGzip>;
  #parts: Uint8Array[] = [];

  constructor(coding: Coding) {
    this.#encoder = CODINGS[coding].flowing();
    this.#encoder.on("data", (part: Uint8Array) => this.#parts.push(part));
  }

  /** The bytes encoded and flushed: nothing of them is held back. */
  async encode(bytes: Uint8Array): Promise<Uint8Array> {
    this.#encoder.write(bytes);
    await new Promise<void>((resolve) => this.#encoder.flush(() => resolve()));
    return this.#taken();
  }

  /** The last bytes of the coding. */
  async finish(): Promise<Uint8Array> {
    await new Promise<void>((resolve) => {
      this.#encoder.once("end", () => resolve());
      this.#encoder.end();
    });
    return this.#taken();
  }

  #taken(): Uint8Array {
    const parts = this.#parts;
    this.#parts = [];
    return concat(parts);
  }
}

/** The largest decoded body, in bytes. */
const LIMIT = 256 * 1024 * 1024;

/** The body as a JSON object; undefined when it cannot be read as one. */
export function decodedJson(
  body: Uint8Array<ArrayBuffer>,
  encoding: string | undefined,
): JsonObject | undefined {
  const bytes = decoded(body, encoding);
  return bytes && parseObject(new TextDecoder().decode(bytes));
}

function decoded(
  body: Uint8Array<ArrayBuffer>,
  encoding: string | undefined,
): Uint8Array | undefined {
  if (encoding === undefined || encoding === "identity") return body;
  if (encoding !== "zstd") return undefined;
  const result = decodeZstd(body, LIMIT);
  return result.ok ? result.value : undefined;
}
