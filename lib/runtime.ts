/**
 * The outside world as one parameter: clock, timers, network, chance and log.
 *
 * Only the command line names `systemRuntime`; everything else is handed a
 * `Runtime` or, if it is pure, a number called `now`.
 */

import type { Clock } from "./clock.ts";
import { Tally } from "./tally.ts";

/** What a log line may carry besides its words: never a token, never a prompt. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | undefined>
>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A request as the wire shall see it: header lines in order, body or none. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  readonly signal: AbortSignal;
  /**
   * Goes out on a connection of its own, and its answer is read to the end.
   * `fetch` sends a request twice when a pooled connection breaks under it.
   */
  readonly once?: boolean;
  /** Whose connections it takes; the process's own where there is none. */
  readonly client?: Deno.HttpClient | undefined;
  /** Whether an answer may be a stream that goes on for as long as it likes. */
  readonly stream?: boolean;
  /** Tokens that no head and no whole answer may tell. */
  readonly secrets?: readonly string[];
}

/** A websocket handshake as the wire shall see it. */
export interface OutgoingHandshake {
  /** Scheme http or https, or ws or wss. */
  readonly url: URL;
  /** Lower-case names in wire order, without those of the protocol itself. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Gives up a handshake that is under way. */
  readonly signal: AbortSignal;
  /** A longer message closes the connection with 1009. */
  readonly maxMessageBytes: number;
  readonly handlers: SocketHandlers;
  /** Tokens that neither head nor refusal may tell. */
  readonly secrets?: readonly string[];
}

export interface SocketHandlers {
  readonly message: (text: string) => void;
  /** A binary message came; its contents are nobody's business. */
  readonly binary: () => void;
  /** Exactly once, also after errors: 1006 where no close frame came. */
  readonly close: (code: number, reason: string) => void;
}

/** An open websocket to the upstream. */
export interface OutgoingSocket {
  readonly send: (text: string) => void;
  /** Bytes that are sent but not yet with the system. */
  readonly bufferedAmount: () => number;
  readonly pause: () => void;
  readonly resume: () => void;
  /**
   * Asks whether the peer is there: true when it answers, false when the
   * connection ends before. Waits for ever, and hears nothing while paused.
   */
  readonly ping: () => Promise<boolean>;
  readonly close: (code: number, reason: string) => void;
  /** Cuts the connection without a close frame. */
  readonly terminate: () => void;
}

/** What the other side said to a handshake. */
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
  /** Resident, shared pages included. */
  readonly rss: number;
  readonly heapUsed: number;
}

/** Files, sockets and whatever else a system counts among them. */
export interface Descriptors {
  /** At least; undefined where there was none left to ask with. */
  readonly inUse: number | undefined;
  /** Whether there are hardly any left. */
  readonly nearLimit: boolean;
}

/** A bug that nobody caught: thrown, or by a promise that nobody awaits. */
export type Uncaught = "error" | "rejection";

/** Everything the gateway takes from the outside world. */
export interface Runtime extends Clock {
  /** Runs `task` once after `ms` milliseconds; the returned function cancels. */
  readonly after: (ms: number, task: () => void) => () => void;
  /** A number in [0, 1). */
  readonly random: () => number;
  /**
   * Sends one request and never follows a redirect. Of an encoded answer the
   * body may be decoded while the headers say it is not: `fetch_plain.ts` is
   * the one to call it.
   */
  readonly fetch: (request: OutgoingRequest) => Promise<Response>;
  /** A client with connections of its own; proxies and roots as for all. */
  readonly openClient: () => Deno.HttpClient;
  /** Opens a websocket; rejects on anything that is no HTTP answer. */
  readonly connect: (request: OutgoingHandshake) => Promise<Handshake>;
  /** Of this process, in bytes. */
  readonly memory: () => Memory;
  /** Of this process; undefined where it cannot find out. Opens `folder`. */
  readonly descriptors: (folder: string) => Promise<Descriptors | undefined>;
  /** Of this process, since the start; counted by the command line. */
  readonly uncaught: Tally<Uncaught>;
  readonly log: Log;
}

/**
 * A connection that nobody has used for longer may have been forgotten by a
 * router, and `fetch` cannot ask: a request would wait there as long as for any
 * head. The runtime keeps them for 90 seconds.
 */
const POOL_IDLE_MS = 30_000;

/**
 * The real thing. `rootCertificates` (PEM) are trusted besides Deno's own;
 * without any, the default client with the proxies of the environment is used.
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
  let shared: Client | undefined;
  return {
    now: Date.now,
    elapsed: () => performance.now(),
    after: (ms, task) => {
      const timer = setTimeout(task, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    fetch: (request) => {
      if (request.once) return fetchOnce(request, roots);
      const { client } = request;
      if (client) return fetchWith(request, { client });
      shared ??= rootCertificates.length === 0
        ? {}
        : { client: Deno.createHttpClient(roots) };
      return fetchWith(request, shared);
    },
    openClient: () =>
      Deno.createHttpClient({ ...roots, poolIdleTimeout: poolIdleMs }),
    memory: Deno.memoryUsage,
    uncaught: new Tally(["error", "rejection"]),
    log,
  };
}

type Client = { readonly client?: Deno.HttpClient };

function fetchWith(
  { method, url, headers, body, signal }: OutgoingRequest,
  client: Client,
): Promise<Response> {
  return fetch(url, {
    method,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    body: body ?? null,
    signal,
    redirect: "manual",
    ...client,
  });
}

async function fetchOnce(
  request: OutgoingRequest,
  roots: Deno.CreateHttpClientOptions,
): Promise<Response> {
  using client = Deno.createHttpClient({ ...roots, poolMaxIdlePerHost: 0 });
  const response = await fetchWith(request, { client });
  const { status, headers } = response;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > MAX_ONCE_BYTES) {
      throw new Error(`the answer is longer than ${MAX_ONCE_BYTES} bytes`);
    }
    pieces.push(piece);
  }
  const body = size === 0 ? null : await new Blob(pieces).bytes();
  return new Response(body, { status, headers });
}

/** Tokens take some thousands of bytes. */
const MAX_ONCE_BYTES = 1_048_576;
