/**
 * Typed door to the HTML escapes of the standard library. They are in
 * `@std/html/entities`; here `@std/html`, because nothing else of it is used.
 */

// @ts-types="./html.d.ts"
export { escape } from "deno-std/html/entities.js";
