/**
 * Buffers for reading that are used again and again, because a new one of
 * `CHUNK_BYTES` costs the runtime 2 µs.
 *
 * Only for whoever knows that nobody else looks at the bytes any more: the next
 * one to take the buffer writes over them.
 */
import { CHUNK_BYTES, MAX_SPARE_BUFFERS } from "../limits.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const spare: Bytes[] = [];

/** A buffer of `CHUNK_BYTES`, with any contents. */
export function takeBuffer(): Bytes {
  return spare.pop() ?? new Uint8Array(CHUNK_BYTES);
}

/** Keeps the buffer for the next one, if it is of that size. */
export function giveBack(buffer: Bytes): void {
  if (buffer.length !== CHUNK_BYTES || spare.length >= MAX_SPARE_BUFFERS) {
    return;
  }
  spare.push(buffer);
}
