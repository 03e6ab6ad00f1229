/**
 * The outside world as one parameter: clock, timers, network, chance and log.
 *
 * Only the command line names `systemRuntime`; everything else is handed a
 * `Runtime` or, if it is pure, a number called `now`.
 */

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
}

/** Everything the gateway takes from the outside world. */
export interface Runtime {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Runs `task` once after `ms` milliseconds; the returned function cancels. */
  readonly after: (ms: number, task: () => void) => () => void;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Sends one request. Never follows redirects, never decodes the body. */
  readonly fetch: (request: OutgoingRequest) => Promise<Response>;
  readonly log: Log;
}

/**
 * The real thing. `rootCertificates` (PEM) are trusted besides Deno's own;
 * without any, the default client with the proxies of the environment is used.
 */
export function systemRuntime(
  { log, rootCertificates }: {
    readonly log: Log;
    readonly rootCertificates: readonly string[];
  },
): Runtime {
  const client = rootCertificates.length === 0
    ? {}
    : { client: Deno.createHttpClient({ caCerts: [...rootCertificates] }) };
  return {
    now: Date.now,
    after: (ms, task) => {
      const timer = setTimeout(task, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    fetch: ({ method, url, headers, body, signal }) =>
      fetch(url, {
        method,
        headers: headers.map(([name, value]): [string, string] => [
          name,
          value,
        ]),
        body: body ?? null,
        signal,
        redirect: "manual",
        ...client,
      }),
    log,
  };
}
