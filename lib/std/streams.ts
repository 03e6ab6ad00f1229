/** Typed door to the stream helpers of the standard library. */

// @ts-types="./streams.d.ts"
export { LimitedBytesTransformStream } from "deno-std/streams/limited_bytes_transform_stream.js";
// @ts-types="./streams.d.ts"
export { toArrayBuffer } from "deno-std/streams/to_array_buffer.js";
// @ts-types="./streams.d.ts"
export { toBytes } from "deno-std/streams/to_bytes.js";
// @ts-types="./streams.d.ts"
export { toText } from "deno-std/streams/to_text.js";
