/**
 * Typed door to the server-sent event streams of the standard library, which
 * has a module for each; here they are one.
 */

// @ts-types="./http_events.d.ts"
export { ServerSentEventStream } from "deno-std/http/server_sent_event_stream.js";
// @ts-types="./http_events.d.ts"
export { ServerSentEventParseStream } from "deno-std/http/server_sent_event_parse_stream.js";
export type { ServerSentEventMessage } from "./http_events.d.ts";
