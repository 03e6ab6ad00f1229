/** Typed door to the text helpers of the standard library. */

// @ts-types="./text.d.ts"
export { levenshteinDistance } from "deno-std/text/levenshtein_distance.js";
