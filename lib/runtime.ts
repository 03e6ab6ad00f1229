/**
 * The outside world as one parameter: clocks, timers, network, random numbers
 * and log.
 *
 * Only the command line calls `systemRuntime`. All other code gets a `Runtime`
 * or, if it is pure, a number called `now`.
 */

import type { Clock } from "./clock.ts";
import {
  MAX_GRANT_ANSWER_BYTES,
  MAX_HTTP2_HEAD_BYTES,
  POOL_IDLE_MS,
} from "./limits.ts";
import { Counter } from "./counter.ts";
import { inOneWrite } from "./one_write.ts";
import { TimerWheel } from "./timer_wheel.ts";

/** The fields of a log line. They must never hold a token or a prompt. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | undefined>
>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A request as it goes over the wire, with header lines in order. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  readonly signal: AbortSignal;
  /**
   * True: uses a new connection, and reads the answer to its end. On a pooled
   * connection that breaks, `fetch` would send the request a second time.
   */
  readonly once?: boolean;
  /** The client whose connections to use; by default, a shared one. */
  readonly client?: Deno.HttpClient | undefined;
  /** Whether the answer may be a stream, which may go on without limit. */
  readonly stream?: boolean;
  /** Tokens to keep out of heads and of answers that are not streams. */
  readonly secrets?: readonly string[];
  /** Of a whole answer; by default, `MAX_WHOLE_ANSWER_BYTES`. */
  readonly maxBytes?: number;
}

/** A websocket handshake as it goes over the wire. */
export interface OutgoingHandshake {
  /** Its scheme is http, https, ws or wss. */
  readonly url: URL;
  /** Lower-case names in wire order, without those of the handshake itself. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Cancels the handshake. */
  readonly signal: AbortSignal;
  /** A longer message closes the connection with code 1009. */
  readonly maxMessageBytes: number;
  readonly handlers: SocketHandlers;
  /** Tokens to keep out of the head and of a refusal. */
  readonly secrets?: readonly string[];
}

export interface SocketHandlers {
  readonly message: (text: string) => void;
  /** A binary message came; its contents are not passed on. */
  readonly binary: () => void;
  /** Called exactly once, also after errors; 1006 without a close frame. */
  readonly close: (code: number, reason: string) => void;
}

/** An open websocket to the upstream. */
export interface OutgoingSocket {
  readonly send: (text: string) => void;
  /** Bytes passed to `send` that are still in this process. */
  readonly bufferedAmount: () => number;
  readonly pause: () => void;
  readonly resume: () => void;
  /**
   * Asks whether the peer is there: true when it answers, false when the
   * connection ends before. Has no timeout, and gets no answer while paused.
   */
  readonly ping: () => Promise<boolean>;
  /** Cuts the connection without a close frame. */
  readonly terminate: () => void;
}

/** The answer to a handshake. */
export type Handshake =
  | {
    readonly kind: "open";
    readonly headers: Headers;
    readonly socket: OutgoingSocket;
  }
  | {
    readonly kind: "refused";
    readonly status: number;
    readonly headers: Headers;
    readonly body: Uint8Array<ArrayBuffer>;
  };

export interface Memory {
  /** Resident memory, including shared pages. */
  readonly rss: number;
  readonly heapUsed: number;
}

/** File descriptors, which include sockets. */
export interface Descriptors {
  /**
   * A lower bound; undefined if no descriptor was left to find out with, and
   * before the first request of a caller.
   */
  readonly inUse: number | undefined;
  /** Whether only a few are left. */
  readonly nearLimit: boolean;
}

/** An uncaught bug: a thrown error, or the rejection of a promise. */
export type Uncaught = "error" | "rejection";

/** Everything the gateway takes from the outside world. */
export interface Runtime extends Clock {
  /** Runs `task` once after `ms` milliseconds. The result cancels it. */
  readonly after: (ms: number, task: () => void) => () => void;
  /** A number in [0, 1). */
  readonly random: () => number;
  /**
   * Sends one request and never follows a redirect. Only `fetch_plain.ts` calls
   * it: the body of an encoded answer may be decoded, although the headers say
   * that it is not.
   */
  readonly fetch: (request: OutgoingRequest) => Promise<Response>;
  /** A client with separate connections, but the same proxies and roots. */
  readonly openClient: () => Deno.HttpClient;
  /** Opens a websocket. Rejects unless it gets an HTTP answer. */
  readonly connect: (request: OutgoingHandshake) => Promise<Handshake>;
  /** The memory of this process, in bytes. */
  readonly memory: () => Memory;
  /** Undefined where this process cannot find out. Opens `folder` for it. */
  readonly descriptors: (folder: string) => Promise<Descriptors | undefined>;
  /** Uncaught bugs since the start; `cli/process/uncaught.ts` counts them. */
  readonly uncaught: Counter<Uncaught>;
  readonly log: Log;
}

/**
 * The real outside world. `rootCertificates` (PEM) are trusted in addition to
 * Deno's own.
 */
export function systemRuntime(
  { log, rootCertificates, poolIdleMs = POOL_IDLE_MS }: {
    readonly log: Log;
    readonly rootCertificates: readonly string[];
    readonly poolIdleMs?: number;
  },
): Omit<Runtime, "connect" | "descriptors"> {
  const roots = rootCertificates.length === 0
    ? {}
    : { caCerts: [...rootCertificates] };
  const elapsed = () => performance.now();
  const timers = new TimerWheel({ elapsed, after: nativeTimer });
  const likeClient = {
    ...roots,
    http2MaxHeaderListSize: MAX_HTTP2_HEAD_BYTES,
  };
  let shared: Client | undefined;
  return {
    now: Date.now,
    elapsed,
    after: (ms, task) => timers.after(ms, task),
    random: Math.random,
    fetch: (request) => {
      if (request.once) return fetchOnce(request, likeClient);
      const { client } = request;
      if (client) return fetchWith(request, { client });
      shared ??= rootCertificates.length === 0
        ? {}
        : { client: Deno.createHttpClient(roots) };
      return fetchWith(request, shared);
    },
    openClient: () =>
      Deno.createHttpClient({ ...likeClient, poolIdleTimeout: poolIdleMs }),
    memory: Deno.memoryUsage,
    uncaught: new Counter(["error", "rejection"]),
    log,
  };
}

function nativeTimer(ms: number, task: () => void): () => void {
  const timer = setTimeout(task, ms);
  return () => clearTimeout(timer);
}

type Client = { readonly client?: Deno.HttpClient };

/**
 * The body's own reference to its answer, which keeps that as long. The runtime
 * (Deno 2.9.6) forgets the signal of a request with the `Response` object: once
 * that has been collected as garbage, an abort no longer ends the reading of
 * its body. A `WeakMap` would do the same, but costs the collector more.
 */
const ANSWER = Symbol("answer");

function fetchWith(
  { method, url, headers, body, signal, once = false }: OutgoingRequest,
  client: Client,
): Promise<Response> {
  const send = (body: BodyInit | null) =>
    fetch(url, {
      method,
      headers: headersInit(headers),
      body,
      signal,
      redirect: "manual",
      ...client,
    });
  const answer = body && !once
    ? inOneWrite(body, url, send)
    : send(body ?? null);
  return answer.then((response) => {
    if (response.body) Object.assign(response.body, { [ANSWER]: response });
    return response;
  });
}

/**
 * A record, because `fetch` makes a third of the garbage of it; pairs, where a
 * record would lose a repeated name or move one that is a number.
 */
function headersInit(lines: OutgoingRequest["headers"]): HeadersInit {
  const record = Object.fromEntries(lines);
  const names = Object.keys(record);
  const isSame = names.length === lines.length &&
    names.every((name, at) => name === lines[at]?.[0]);
  // `fetch` only reads them.
  return isSame ? record : lines as [string, string][];
}

async function fetchOnce(
  request: OutgoingRequest,
  options: Deno.CreateHttpClientOptions,
): Promise<Response> {
  using client = Deno.createHttpClient({ ...options, poolMaxIdlePerHost: 0 });
  const response = await fetchWith(request, { client });
  const { status, headers } = response;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > MAX_GRANT_ANSWER_BYTES) {
      throw new Error(
        `the answer is longer than ${MAX_GRANT_ANSWER_BYTES} bytes`,
      );
    }
    pieces.push(piece);
  }
  const body = size === 0 ? null : await new Blob(pieces).bytes();
  return new Response(body, { status, headers });
}
