/** Types of `streams.ts`: the signatures of `@std/streams`. */

export interface LimitedBytesTransformStreamOptions {
  /** Errors with a `RangeError` past the limit; else the stream ends there. */
  error?: boolean;
}

/** Passes whole chunks while their total stays within `size` bytes. */
export class LimitedBytesTransformStream
  extends TransformStream<Uint8Array, Uint8Array> {
  constructor(size: number, options?: LimitedBytesTransformStreamOptions);
}

/** Reads a stream to its end into one buffer. */
export function toArrayBuffer(
  readableStream: ReadableStream<Uint8Array>,
): Promise<ArrayBuffer>;

/** Reads a stream to its end into one array. */
export function toBytes(
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>>;

/** Reads a stream to its end as UTF-8 text. */
export function toText(stream: ReadableStream): Promise<string>;
