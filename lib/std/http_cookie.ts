/** Typed door to the cookies of the standard library. */

// @ts-types="./http_cookie.d.ts"
export { getSetCookies } from "deno-std/http/cookie.js";
export type { Cookie } from "./http_cookie.d.ts";
