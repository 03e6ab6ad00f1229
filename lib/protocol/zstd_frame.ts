/**
 * Walks through the headers of a zstd frame (RFC 8878, section 3.1.1) without
 * decoding it.
 *
 * Needed because Deno's `node:zlib` accepts a truncated frame and ignores what
 * follows the first frame. Accepts exactly one plain frame: no second frame, no
 * skippable frame, no dictionary.
 */

import { err, ok, type Result } from "../result.ts";

export interface ZstdFrame {
  /** Bytes after decoding; undefined if the header does not say. */
  readonly contentSize: number | undefined;
}

const MAGIC = 0xfd2fb528;
const SINGLE_SEGMENT = 0x20;
const RESERVED = 0x08;
const CHECKSUM = 0x04;
const CHECKSUM_BYTES = 4;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const RLE = 1;
const RESERVED_BLOCK = 3;

/** Checks that `bytes` is exactly one whole frame; the error is a message. */
export function readZstdFrame(bytes: Uint8Array): Result<ZstdFrame, string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 5) return err("zstd data is cut off in its header");
  if (view.getUint32(0, true) !== MAGIC) return err("Not a zstd frame");

  const descriptor = view.getUint8(4);
  if ((descriptor & RESERVED) !== 0) {
    return err("Reserved bit set in zstd frame");
  }
  const single = (descriptor & SINGLE_SEGMENT) !== 0;
  const idBytes = DICTIONARY_ID_BYTES[descriptor & 3] ?? 0;
  // A single segment always has a size; one byte is its shortest.
  const sizeBytes = CONTENT_SIZE_BYTES[descriptor >> 6] || (single ? 1 : 0);
  const idAt = single ? 5 : 6;
  const sizeAt = idAt + idBytes;
  const blocksAt = sizeAt + sizeBytes;
  if (blocksAt > bytes.length) return err("zstd data is cut off in its header");
  if (readLittleEndian(bytes, idAt, idBytes) !== 0) {
    return err("zstd frame needs a dictionary");
  }

  const blocksEnd = skipBlocks(bytes, blocksAt);
  if (!blocksEnd.ok) return blocksEnd;
  const end = blocksEnd.value +
    ((descriptor & CHECKSUM) === 0 ? 0 : CHECKSUM_BYTES);
  if (end > bytes.length) return err("zstd data is cut off in its checksum");
  if (end < bytes.length) return err("zstd data goes on after its first frame");

  const size = readLittleEndian(bytes, sizeAt, sizeBytes);
  const contentSize = sizeBytes === 2 ? size + 256 : size;
  return ok({ contentSize: sizeBytes === 0 ? undefined : contentSize });
}

/** The offset after the last block (section 3.1.1.2). */
function skipBlocks(
  bytes: Uint8Array,
  start: number,
): Result<number, string> {
  let at = start;
  while (at + 3 <= bytes.length) {
    const header = readLittleEndian(bytes, at, 3);
    const type = (header >> 1) & 3;
    if (type === RESERVED_BLOCK) return err("Reserved block in zstd frame");
    at += 3 + (type === RLE ? 1 : header >> 3);
    if (at > bytes.length) break;
    if ((header & 1) !== 0) return ok(at);
  }
  return err("zstd data is cut off in its blocks");
}

/** Exact up to 53 bits; beyond that the size is too large anyway. */
function readLittleEndian(
  bytes: Uint8Array,
  start: number,
  length: number,
): number {
  let value = 0;
  for (let i = length - 1; i >= 0; i--) {
    value = value * 256 + (bytes[start + i] ?? 0);
  }
  return value;
}
