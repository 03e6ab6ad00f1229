/**
 * Typed door to the status codes, the cookies and the server-sent event streams
 * of the standard library, and to nothing else in `@std/http`, whose `mod.js`
 * does not load from npm.
 */

// @ts-types="./http.d.ts"
export { STATUS_CODE, STATUS_TEXT } from "deno-std/http/status.js";
// @ts-types="./http.d.ts"
export { getSetCookies } from "deno-std/http/cookie.js";
// @ts-types="./http.d.ts"
export { ServerSentEventStream } from "deno-std/http/server_sent_event_stream.js";
// @ts-types="./http.d.ts"
export { ServerSentEventParseStream } from "deno-std/http/server_sent_event_parse_stream.js";
export type {
  Cookie,
  ServerSentEventMessage,
  ServerSentEventParsedMessage,
  ServerSentEventParseStreamOptions,
  StatusCode,
  StatusText,
} from "./http.d.ts";
