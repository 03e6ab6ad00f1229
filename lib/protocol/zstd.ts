/**
 * Whole zstd bodies (RFC 8878): decodes strictly, and encodes like the official
 * client: level 3, one frame, no checksum, no content size in the header.
 * Streams are `decoding.ts`.
 */

import { setImmediate } from "node:timers";
import {
  constants,
  createZstdCompress,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { concat } from "@std/bytes";
import { ownMessage } from "../error_text.ts";
import { ZSTD_ONE_GO_BYTES, ZSTD_SLICE_BYTES } from "../limits.ts";
import { err, ok, type Result } from "../result.ts";
import { readZstdFrame } from "./zstd_frame.ts";

export interface ZstdError {
  readonly kind: "malformed" | "too_large";
  readonly message: string;
}

/**
 * One buffer with room for whatever `length` bytes can become. In a smaller
 * one, the frame may end exactly at the end of the buffer; Deno calls the
 * encoder once more, which then begins a second, empty frame. Unused room costs
 * address space only.
 */
function options(length: number) {
  return {
    // Incompressible data grows by 1/256 (ZSTD_compressBound) and a header.
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
    // The option must not be 0, so `decodeZstd` checks the length again.
    const maxOutputLength = Math.max(1, limit);
    return ok(plain(zstdDecompressSync(bytes, { maxOutputLength })));
  } catch (error) {
    // ERR_BUFFER_TOO_LARGE; damaged data is an `Error` without a code.
    if (error instanceof RangeError) return tooLarge(limit);
    return malformed(ownMessage(error));
  }
}

/** The same memory, without the methods and the type of a `Buffer` of Node. */
export function plain(
  { buffer, byteOffset, length }: Uint8Array,
): Uint8Array<ArrayBuffer> {
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
 * Encodes large input in slices with a turn of the event loop between them,
 * because Deno runs even asynchronous zlib on the main thread.
 */
export async function encodeZstd(
  bytes: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes.length <= ZSTD_ONE_GO_BYTES) {
    return plain(zstdCompressSync(bytes, options(bytes.length)));
  }
  const encoder = createZstdCompress(options(bytes.length));
  const parts: Uint8Array[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    encoder.on("data", (part: Uint8Array) => parts.push(part));
    encoder.on("end", resolve);
    encoder.on("error", reject);
  });
  for (let at = 0; at < bytes.length; at += ZSTD_SLICE_BYTES) {
    const slice = bytes.subarray(at, at + ZSTD_SLICE_BYTES);
    await new Promise((resolve) => encoder.write(slice, resolve));
    await nextTurn();
  }
  encoder.end();
  await ended;
  return concat(parts);
}

/**
 * Lets sockets and timers run before it resolves. `setImmediate` is as fast as
 * a `MessageChannel` and needs no closing.
 */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
