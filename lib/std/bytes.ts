/** Typed door to the byte helpers of the standard library. */

// @ts-types="./bytes.d.ts"
export { concat } from "deno-std/bytes/concat.js";
