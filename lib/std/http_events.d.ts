/** Types of `http_events.ts`: the signatures of `@std/http`. */

/** An event to write, without the fields that are absent. */
export interface ServerSentEventMessage {
  comment?: string;
  event?: string;
  data?: string;
  id?: string | number;
  /** Milliseconds. */
  retry?: number;
}

/** An event that was read; here `id` is never a number. */
export interface ServerSentEventParsedMessage {
  comment?: string;
  event?: string;
  data?: string;
  id?: string;
  /** Milliseconds. */
  retry?: number;
}

export interface ServerSentEventParseStreamOptions {
  /** Leaves out comments, and blocks that hold only comments. Default false. */
  ignoreComments?: boolean;
}

/** Writes events; errors when a one-line field holds a line break. */
export class ServerSentEventStream
  extends TransformStream<ServerSentEventMessage, Uint8Array<ArrayBuffer>> {
  constructor();
}

/** Reads events. Unlike a browser, also emits an unfinished last block. */
export class ServerSentEventParseStream
  extends TransformStream<Uint8Array, ServerSentEventParsedMessage> {
  constructor(options?: ServerSentEventParseStreamOptions);
}
