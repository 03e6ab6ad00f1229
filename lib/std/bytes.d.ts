/** Types of `bytes.ts`: the signatures of `@std/bytes`. */

/** Copies all arrays, in order, into one new array. */
export function concat(
  buffers: readonly Uint8Array[],
): Uint8Array<ArrayBuffer>;
