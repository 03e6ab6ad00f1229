/**
 * Typed door to the status codes of the standard library, and to nothing else
 * in `@std/http`, whose `mod.js` does not load from npm. Cookies and event
 * streams have doors of their own, so that who needs a code does not load them.
 */

// @ts-types="./http.d.ts"
export { STATUS_CODE, STATUS_TEXT } from "deno-std/http/status.js";
export type { StatusCode, StatusText } from "./http.d.ts";
