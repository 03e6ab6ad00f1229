/**
 * Walks through the headers of a zstd frame (RFC 8878, section 3.1.1) without
 * decoding it.
 *
 * Needed because Deno's `node:zlib` accepts a truncated frame and ignores what
 * follows the first frame. Accepts exactly one plain frame: no second frame, no
 * skippable frame, no dictionary.
 */

import { err, ok, type Result } from "../../result.ts";
import { MAGIC, readBlock, readDescriptor } from "./format.ts";

export interface ZstdFrame {
  /** Bytes after decoding; undefined if the header does not say. */
  readonly contentSize: number | undefined;
  /** How many blocks it has. */
  readonly blocks: number;
  /** The offset of the first block. */
  readonly blocksAt: number;
  /** The offset after the last block. */
  readonly blocksEnd: number;
}

const RESERVED = 0x08;
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
  const { windowBytes, idBytes, sizeBytes, checksumBytes } = readDescriptor(
    descriptor,
  );
  const idAt = 5 + windowBytes;
  const sizeAt = idAt + idBytes;
  const blocksAt = sizeAt + sizeBytes;
  if (blocksAt > bytes.length) return err("zstd data is cut off in its header");
  if (readLittleEndian(bytes, idAt, idBytes) !== 0) {
    return err("zstd frame needs a dictionary");
  }

  const skipped = skipBlocks(bytes, blocksAt);
  if (!skipped.ok) return skipped;
  const { blocks, blocksEnd } = skipped.value;
  const end = blocksEnd + checksumBytes;
  if (end > bytes.length) return err("zstd data is cut off in its checksum");
  if (end < bytes.length) return err("zstd data goes on after its first frame");

  const size = readLittleEndian(bytes, sizeAt, sizeBytes);
  const contentSize = sizeBytes === 2 ? size + 256 : size;
  return ok({
    contentSize: sizeBytes === 0 ? undefined : contentSize,
    blocks,
    blocksAt,
    blocksEnd,
  });
}

/** Counts the blocks and finds their end (section 3.1.1.2). */
function skipBlocks(
  bytes: Uint8Array,
  start: number,
): Result<{ readonly blocks: number; readonly blocksEnd: number }, string> {
  let at = start;
  for (let blocks = 1; at + 3 <= bytes.length; blocks++) {
    const block = readBlock(readLittleEndian(bytes, at, 3));
    if (block.type === RESERVED_BLOCK) {
      return err("Reserved block in zstd frame");
    }
    at += 3 + block.bytes;
    if (at > bytes.length) break;
    if (block.isLast) return ok({ blocks, blocksEnd: at });
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
