/**
 * Short byte arrays that share larger buffers.
 *
 * A buffer of its own costs the runtime 1 to 2 µs, most of it when the garbage
 * is collected, and a turn makes a dozen. No byte of a slab is given out twice.
 *
 * Whoever keeps one of these for long keeps the whole slab, and nobody may
 * transfer its buffer, which would empty those of all others.
 */
import { SLAB_BYTES, SLAB_PART_BYTES } from "../limits.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Of one UTF-16 code unit, in UTF-8. */
const MAX_BYTES_PER_CHAR = 3;

const encoder = new TextEncoder();

/** No bytes; they need no buffer of their own. */
export const NOTHING: Bytes = new Uint8Array();

let slab = NOTHING;
let used = 0;

/** A copy of the bytes. */
export function copyOf(bytes: Uint8Array): Bytes {
  if (bytes.length > SLAB_PART_BYTES) return new Uint8Array(bytes);
  const copy = part(bytes.length);
  copy.set(bytes);
  return copy;
}

/** The text in UTF-8. */
export function utf8(text: string): Bytes {
  const most = text.length * MAX_BYTES_PER_CHAR;
  if (most > SLAB_PART_BYTES) return encoder.encode(text);
  const room = part(most);
  const { written } = encoder.encodeInto(text, room);
  used -= most - written;
  return room.subarray(0, written);
}

/** The pieces one after the other, in one array. */
export function joined(pieces: readonly Uint8Array[]): Bytes {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const whole = length > SLAB_PART_BYTES
    ? new Uint8Array(length)
    : part(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The next part of the slab. */
function part(length: number): Bytes {
  // Would keep the slab for nothing.
  if (length === 0) return NOTHING;
  if (used + length > slab.length) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  const start = used;
  used += length;
  return slab.subarray(start, used);
}
