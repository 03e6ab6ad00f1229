/**
 * Typed door to the one stream helper that is used of the standard library.
 */

// @ts-types="./streams.d.ts"
export { toBytes } from "deno-std/streams/to_bytes.js";
