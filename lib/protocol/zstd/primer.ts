/**
 * What is put before the blocks of `tail.ts`: before their content when
 * they are made, and before themselves when they are tried. None of it is sent.
 */
import { concat } from "@std/bytes";
import { MAX_BLOCK_BYTES } from "./format.ts";

/**
 * The beginning of the official client's frames: no content size, no checksum,
 * a window of 2 MiB.
 */
export const OFFICIAL_HEADER = new Uint8Array([
  0x28,
  0xb5,
  0x2f,
  0xfd,
  0x00,
  0x58,
]);

const MIB = 1024 * 1024;
const MARK_BYTES = 32;
const GAP_BYTES = 7;
const END_BYTES = 2 * MARK_BYTES + GAP_BYTES;

/** The last offsets after the primer and the poison reach further back. */
export const MAX_TAIL_BYTES = MIB - 2 * END_BYTES;

/**
 * Two marks, zeros, and the marks once more with another distance. It leaves an
 * encoder with two last offsets that lead to zeros from anywhere in the tail, so
 * that it cannot use them, and with no tables that are worth using again.
 */
export const PRIMER = primer();

function primer(): Uint8Array {
  const primer = new Uint8Array(MIB);
  const marks = Array.from({ length: 2 * MARK_BYTES }, (_, at) => mark(at));
  primer.set(marks);
  const end = MIB - END_BYTES;
  primer.set(marks.slice(0, MARK_BYTES), end);
  primer.set(marks.slice(MARK_BYTES), end + MARK_BYTES + GAP_BYTES);
  return primer;
}

/** The high half of a square, which does not repeat itself. */
function mark(at: number): number {
  return ((at + 101) * (at + 101) * 40_503 >> 7) & 0xff;
}

const RAW_LITERALS = 0;
const RLE_TABLES = 0x54;
const FAR_OFFSET_CODE = 20;
const MATCH_OF_THREE = 0;

/** Blocks of zeros, then one whose three sequences set the last offsets. */
export const POISON = concat([
  ...Array.from(
    { length: MIB / MAX_BLOCK_BYTES },
    () => block(1, MAX_BLOCK_BYTES, [0]),
  ),
  farOffsets(),
]);

/** The content of `POISON`, all of it zeros. */
export const POISON_BYTES = MIB + 9;

/**
 * A block of no literals and three matches of three bytes (RFC 8878, sections
 * 3.1.1.3.1 and 3.1.1.3.2), with tables of a single code each. An offset is
 * 2^20 - 3 and the 20 bits that it has in the bit stream, which is read from its
 * end, where a 1 marks the first bit.
 */
function farOffsets(): Uint8Array {
  let bits = 1n;
  for (const more of [3n, 2n, 1n]) bits = (bits << 20n) | more;
  const stream = new Uint8Array(8);
  new DataView(stream.buffer).setBigUint64(0, bits, true);
  const sequences = 3;
  const content = [
    RAW_LITERALS,
    sequences,
    RLE_TABLES,
    0,
    FAR_OFFSET_CODE,
    MATCH_OF_THREE,
    ...stream,
  ];
  return block(2, content.length, content);
}

/** A block that is not the last (section 3.1.1.2). */
function block(
  type: number,
  size: number,
  content: readonly number[],
): Uint8Array {
  const header = (size << 3) | (type << 1);
  return new Uint8Array([
    header & 0xff,
    (header >> 8) & 0xff,
    header >> 16,
    ...content,
  ]);
}
