/**
 * Typed door to the TOML parser of the standard library. It is in
 * `@std/toml/parse`; here `@std/toml`, because nothing else of it is used.
 */

// @ts-types="./toml.d.ts"
export { parse } from "deno-std/toml/parse.js";
