/**
 * zstd by the public functions of `node:zlib` alone: each body has an encoder or
 * decoder of its own. For large bodies, and for whatever the kept ones
 * (`kept.ts`) leave. Also makes the streams that the other files use.
 */
import type { ZstdCompress, ZstdDecompress } from "node:zlib";
import { concat } from "@std/bytes";
import { ZSTD_ONE_GO_BYTES, ZSTD_SLICE_BYTES } from "../../limits.ts";
import { node } from "../../std/node.ts";
import { nextTurn } from "../next_turn.ts";

/** A new encoder with the official client's parameters. */
export function newEncoder(chunkSize?: number): ZstdCompress {
  return node().zlib.createZstdCompress({
    ...chunkSize === undefined ? {} : { chunkSize },
    params: params(),
  });
}

/** A new decoder, with the runtime's own limit for windows. */
export function newDecoder(): ZstdDecompress {
  return node().zlib.createZstdDecompress();
}

/** Level 3, no checksum. */
function params() {
  const { constants } = node().zlib;
  return {
    [constants.ZSTD_c_compressionLevel]: 3,
    [constants.ZSTD_c_checksumFlag]: 0,
  };
}

/**
 * Room for whatever `length` bytes can become. With less, the frame may end
 * exactly at the end of the room; Deno calls the encoder once more, which then
 * begins a second, empty frame.
 */
export function encodedRoom(length: number): number {
  // Incompressible data grows by 1/256 (ZSTD_compressBound) and a header.
  return length + (length >> 7) + 1024;
}

/**
 * Throws a `RangeError` if there is more than `limit`, which must not be 0, and
 * an `Error` if the frame is damaged. A frame that is cut off counts as whole.
 */
export function decodePlain(
  bytes: Uint8Array,
  limit: number,
): Uint8Array<ArrayBuffer> {
  return plain(
    node().zlib.zstdDecompressSync(bytes, { maxOutputLength: limit }),
  );
}

/**
 * Encodes large input in slices with a turn of the event loop between them,
 * because Deno runs even asynchronous zlib on the main thread.
 */
export async function encodePlain(
  bytes: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  // Unused room costs address space only.
  const chunkSize = encodedRoom(bytes.length);
  if (bytes.length <= ZSTD_ONE_GO_BYTES) {
    return plain(
      node().zlib.zstdCompressSync(bytes, { chunkSize, params: params() }),
    );
  }
  const encoder = newEncoder(chunkSize);
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

/** The same memory, without the methods and the type of a `Buffer` of Node. */
export function plain(
  { buffer, byteOffset, length }: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, byteOffset, length)
    : new Uint8Array(new Uint8Array(buffer, byteOffset, length));
}
