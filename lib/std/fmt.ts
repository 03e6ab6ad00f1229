/**
 * Typed door to the terminal colours of the standard library. They are in
 * `@std/fmt/colors`; here `@std/fmt`, because nothing else of it is used.
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
