/**
 * Typed door to the terminal colours of the standard library. `@std/fmt/colors`
 * there; here under the package name, since nothing else of it is used.
 */

// @ts-types="./fmt.d.ts"
export {
  bold,
  dim,
  green,
  red,
  setColorEnabled,
  stripAnsiCode,
  yellow,
} from "deno-std/fmt/colors.js";
