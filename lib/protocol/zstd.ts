/**
 * zstd bodies (RFC 8878), decoded strictly and encoded as the official client
 * does: level 3, one frame, no checksum, no content size in the header.
 */

import { setImmediate } from "node:timers";
import {
  constants,
  createZstdCompress,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { concat } from "@std/bytes";
import { err, ok, type Result } from "../result.ts";
import { readZstdFrame } from "./zstd_frame.ts";

export interface ZstdError {
  readonly kind: "malformed" | "too_large";
  readonly message: string;
}

/** About 3 ms of work: up to here a body is encoded in one go. */
const ONE_GO = 256 * 1024;

/** Under a millisecond: a small request needs several turns of the loop. */
const SLICE = 64 * 1024;

/**
 * With room for all that `length` bytes can become, in one buffer. Without,
 * the end of a frame may fill a buffer to its last byte, and Deno's encoder,
 * called once more for what is left, begins a second, empty frame. What is not
 * written of it costs address space only.
 */
function options(length: number) {
  return {
    // Incompressible data grows by 1/256 (ZSTD_compressBound), and a header.
    chunkSize: length + (length >> 7) + 1024,
    params: {
      [constants.ZSTD_c_compressionLevel]: 3,
      [constants.ZSTD_c_checksumFlag]: 0,
    },
  };
}

/** Decodes exactly one frame, of at most `limit` bytes of content. */
export function decodeZstd(
  bytes: Uint8Array,
  limit: number,
): Result<Uint8Array<ArrayBuffer>, ZstdError> {
  const frame = readZstdFrame(bytes);
  if (!frame.ok) return malformed(frame.error);
  const { contentSize } = frame.value;
  if (contentSize !== undefined && contentSize > limit) return tooLarge(limit);

  const decoded = decodeFrame(bytes, limit);
  if (!decoded.ok) return decoded;
  const { length } = decoded.value;
  if (length > limit) return tooLarge(limit);
  if (contentSize !== undefined && contentSize !== length) {
    return malformed("zstd content is not of the size its frame says");
  }
  return decoded;
}

function decodeFrame(
  bytes: Uint8Array,
  limit: number,
): Result<Uint8Array<ArrayBuffer>, ZstdError> {
  try {
    // The option refuses zero, hence the caller's second look at the length.
    const maxOutputLength = Math.max(1, limit);
    return ok(plain(zstdDecompressSync(bytes, { maxOutputLength })));
  } catch (error) {
    // ERR_BUFFER_TOO_LARGE; damaged data is an `Error` without a code.
    if (error instanceof RangeError) return tooLarge(limit);
    return malformed(error instanceof Error ? error.message : String(error));
  }
}

/** The same memory, without the methods and the type of a Node `Buffer`. */
function plain({ buffer, byteOffset, length }: Uint8Array) {
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, byteOffset, length)
    : new Uint8Array(new Uint8Array(buffer, byteOffset, length));
}

function malformed(message: string) {
  return err<ZstdError>({ kind: "malformed", message });
}

function tooLarge(limit: number) {
  const message = `zstd content exceeds ${limit} bytes`;
  return err<ZstdError>({ kind: "too_large", message });
}

/**
 * Encodes into one frame, as the official client's streaming encoder does.
 *
 * Large input goes in slice by slice with a turn of the event loop between
 * them: Deno runs even the asynchronous form of zlib on the main thread.
 */
export async function encodeZstd(
  bytes: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes.length <= ONE_GO) {
    return plain(zstdCompressSync(bytes, options(bytes.length)));
  }
  const encoder = createZstdCompress(options(bytes.length));
  const parts: Uint8Array[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    encoder.on("data", (part: Uint8Array) => parts.push(part));
    encoder.on("end", resolve);
    encoder.on("error", reject);
  });
  for (let at = 0; at < bytes.length; at += SLICE) {
    const slice = bytes.subarray(at, at + SLICE);
    await new Promise((resolve) => encoder.write(slice, resolve));
    await nextTurn();
  }
  encoder.end();
  await ended;
  return concat(parts);
}

/**
 * Sockets and timers get their turn before this resolves. `setImmediate` and
 * not a `MessageChannel`: as fast, and there is nothing to close.
 */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
