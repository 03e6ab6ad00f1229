/**
 * Typed door to the YAML parser of the standard library. Tests only: nothing
 * that ships may depend on it.
 */

// @ts-types="./yaml.d.ts"
export { parse } from "deno-std/yaml/parse.js";
