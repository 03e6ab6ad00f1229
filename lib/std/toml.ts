/**
 * Typed door to the TOML parser of the standard library. `@std/toml/parse`
 * there; here under the package name, since nothing else of it is used.
 */

// @ts-types="./toml.d.ts"
export { parse } from "deno-std/toml/parse.js";
