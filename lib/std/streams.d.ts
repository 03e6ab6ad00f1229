/** Types of `streams.ts`: the signature of `@std/streams`. */

/** Reads a stream to its end into one array. */
export function toBytes(
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>>;
