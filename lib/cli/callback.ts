/**
 * The loopback listener to which the browser comes back from signing in
 * (RFC 8252, section 7.3).
 *
 * Only who knows `state` can end the wait. Trades no code and saves nothing;
 * whoever waits does, and then says what page the browser shall see.
 */
import { timingSafeEqual } from "node:crypto";
import { err, ok, type Result } from "../result.ts";
import {
  ENDED,
  FORBIDDEN,
  NOT_FOUND,
  type Page,
  REFUSED,
  renderPage,
  STRANGER,
} from "./callback_page.ts";

/** Where the official client listens: the usual port and its fallback. */
export const CALLBACK_PORTS: readonly number[] = [1455, 1457];

/** What ends the wait. */
export type Arrival =
  | {
    readonly kind: "code";
    readonly code: string;
    /** Gives the browser, which waits for it, its page. */
    readonly answer: (page: Page) => void;
  }
  | { readonly kind: "refused"; readonly reason: string }
  /** The official client asked whoever holds the port to give it up. */
  | { readonly kind: "port_wanted" };

export interface CallbackOptions {
  /** Tried in this order; 0 is any free one. */
  readonly ports: readonly number[];
  readonly state: string;
}

export class CallbackListener implements AsyncDisposable {
  readonly port: number;
  /** Resolves once; later callbacks are turned away. */
  readonly arrival: Promise<Arrival>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #options: CallbackOptions;
  /** Resolves when the first callback came that is of no sign-in of ours. */
  readonly stranger: Promise<void>;
  readonly #arrived = Promise.withResolvers<Arrival>();
  readonly #page = Promise.withResolvers<Page>();
  readonly #strange = Promise.withResolvers<void>();
  #over = false;

  /** Throws what `Deno.serve` throws when the port cannot be had. */
  constructor(port: number, options: CallbackOptions) {
    this.#options = options;
    this.arrival = this.#arrived.promise;
    this.stranger = this.#strange.promise;
    this.#server = Deno.serve({
      hostname: HOST,
      port,
      onListen: () => {},
    }, async (request) => renderPage(await this.#answer(request)));
    this.port = this.#server.addr.port;
  }

  /** What the auth server is told to send the browser back to. */
  get redirectUri(): string {
    return `http://${HOST}:${this.port}${CALLBACK}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    this.#page.resolve(ENDED);
    await this.#server.shutdown();
  }

  #answer(request: Request): Page | Promise<Page> {
    // First, because a URL is made of the Host.
    if (!this.#isForUs(request.headers)) return FORBIDDEN;
    const { pathname, searchParams } = new URL(request.url);
    if (request.method !== "GET") return NOT_FOUND;
    switch (pathname) {
      case CALLBACK:
        return this.#callback(searchParams);
      case "/cancel":
        return this.#cancel(request.headers);
      default:
        return NOT_FOUND;
    }
  }

  /**
   * A rebound name comes with another `Host`; a page's own request with an
   * `Origin`, or as something else than a navigation (Fetch Metadata). The
   * browser comes from another site, so that must be no objection.
   */
  #isForUs(headers: Headers): boolean {
    const host = headers.get("host");
    const hosts = [`${HOST}:${this.port}`, `localhost:${this.port}`];
    if (host === null || !hosts.includes(host)) return false;
    const origin = headers.get("origin");
    if (origin !== null && origin !== `http://${host}`) return false;
    return (headers.get("sec-fetch-mode") ?? "navigate") === "navigate";
  }

  #callback(query: URLSearchParams): Page | Promise<Page> {
    const state = only(query, "state");
    if (state === undefined || !isEqual(state, this.#options.state)) {
      this.#strange.resolve();
      return STRANGER;
    }
    if (this.#over) return ENDED;

    const code = only(query, "code");
    const error = only(query, "error");
    if (error !== undefined) {
      this.#end({
        kind: "refused",
        reason: only(query, "error_description")?.trim() || error,
      });
      return REFUSED;
    }
    if (code === undefined) return STRANGER;
    this.#end({ kind: "code", code, answer: this.#page.resolve });
    return this.#page.promise;
  }

  /** A browser marks what it sends; the official client marks nothing. */
  #cancel(headers: Headers): Page {
    const browser = [...headers.keys()].some((name) =>
      name === "origin" || name.startsWith("sec-")
    );
    if (browser) return FORBIDDEN;
    this.#end({ kind: "port_wanted" });
    return ENDED;
  }

  #end(arrival: Arrival): void {
    this.#over = true;
    this.#arrived.resolve(arrival);
  }
}

/** Listens on the first port that can be had. */
export function listenForCallback(
  options: CallbackOptions,
): Result<CallbackListener, string> {
  for (const port of options.ports) {
    try {
      return ok(new CallbackListener(port, options));
    } catch (error) {
      // Windows denies ports that it has set aside.
      const taken = error instanceof Deno.errors.AddrInUse ||
        error instanceof Deno.errors.PermissionDenied;
      if (!taken) throw error;
    }
  }
  const names = options.ports.map((port) => `${HOST}:${port}`).join(" and ");
  return err(
    `Cannot listen on ${names}: taken; end the other sign-in, or run codaze login --device`,
  );
}

/** An address, not a name: it is what the redirect address says (H2). */
const HOST = "127.0.0.1";
const CALLBACK = "/auth/callback";

/** A parameter that is there exactly once. */
function only(query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name);
  return more.length === 0 && value ? value : undefined;
}

/** In a time that tells nothing of where they differ. */
function isEqual(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => new TextEncoder().encode(text));
  return left !== undefined && right !== undefined &&
    left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
