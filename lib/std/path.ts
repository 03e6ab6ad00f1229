/** Typed door to the path functions of the standard library. */

// @ts-types="./path.d.ts"
export { basename } from "deno-std/path/basename.js";
// @ts-types="./path.d.ts"
export { dirname } from "deno-std/path/dirname.js";
// @ts-types="./path.d.ts"
export { isAbsolute } from "deno-std/path/is_absolute.js";
// @ts-types="./path.d.ts"
export { join } from "deno-std/path/join.js";
