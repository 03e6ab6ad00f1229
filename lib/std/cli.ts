/**
 * Typed door to the argument parser of the standard library, and to nothing
 * else in `@std/cli`, whose `mod.js` does not load from npm.
 */

// @ts-types="./cli.d.ts"
export { parseArgs } from "deno-std/cli/parse_args.js";
