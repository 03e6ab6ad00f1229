/**
 * The loopback listener to which the browser comes back after signing in
 * (RFC 8252, section 7.3).
 *
 * Only a callback with our `state`, or another sign-in that wants the port,
 * ends the wait. Does not exchange the code and saves nothing: the caller does,
 * and then chooses the page for the browser.
 */
import { timingSafeEqual } from "node:crypto";
import { err, ok, type Result } from "../../result.ts";
import {
  ENDED,
  FORBIDDEN,
  leadOn,
  NOT_FOUND,
  type Page,
  REFUSED,
  renderPage,
  STRANGER,
} from "./callback_page.ts";

/** The official client's ports: the usual one and its fallback. */
export const CALLBACK_PORTS: readonly number[] = [1455, 1457];

/** What ends the wait. */
export type Arrival =
  | {
    readonly kind: "code";
    readonly code: string;
    /** Sends the page that the browser waits for. */
    readonly answer: (page: Page) => void;
  }
  | { readonly kind: "refused"; readonly reason: string }
  /** The official client asked us to give up the port. */
  | { readonly kind: "port_wanted" };

export interface CallbackOptions {
  /** Tried in this order; 0 means any free port. */
  readonly ports: readonly number[];
  readonly state: string;
}

export class CallbackListener implements AsyncDisposable {
  readonly port: number;
  /** Resolves with the first arrival; later callbacks are refused. */
  readonly arrival: Promise<Arrival>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #options: CallbackOptions;
  /** Resolves at the first callback that does not belong to this sign-in. */
  readonly stranger: Promise<void>;
  readonly #arrived = Promise.withResolvers<Arrival>();
  readonly #page = Promise.withResolvers<Page>();
  readonly #strange = Promise.withResolvers<void>();
  #over = false;
  #signIn: URL | undefined;

  /** Throws what `Deno.serve` throws if the port is not available. */
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

  /** The address to which the auth server sends the browser back. */
  get redirectUri(): string {
    return `http://${HOST}:${this.port}${CALLBACK}`;
  }

  /** Whether something has ended the wait. */
  get isOver(): boolean {
    return this.#over;
  }

  /** A short address that leads to the sign-in. */
  get start(): string {
    return `http://${HOST}:${this.port}/`;
  }

  /** From now on `start` leads to `url`, until the sign-in is over. */
  leadTo(url: URL): void {
    this.#signIn = url;
  }

  /**
   * Takes the address of a callback that a person has pasted, because the
   * browser is on another machine. False if it does not belong here.
   */
  paste(text: string): boolean {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const { state } = this.#options;
    const ours = url?.pathname === CALLBACK &&
      isEqual(only(url.searchParams, "state") ?? "", state);
    if (!ours || this.#over) return false;
    const page = this.#callback(url.searchParams);
    return page !== STRANGER;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    this.#page.resolve(ENDED);
    await this.#server.shutdown();
  }

  #answer(request: Request): Page | Promise<Page> {
    // First, because the next line builds a URL from the Host header.
    if (!this.#isForUs(request.headers)) return FORBIDDEN;
    const { pathname, searchParams } = new URL(request.url);
    if (request.method !== "GET") return NOT_FOUND;
    switch (pathname) {
      case CALLBACK:
        return this.#callback(searchParams);
      case "/":
        return this.#leadOn(request.headers);
      case "/cancel":
        return this.#cancel(request.headers);
      default:
        return NOT_FOUND;
    }
  }

  /**
   * Refuses DNS rebinding (another `Host`) and requests that a web page makes
   * (an `Origin`, or a fetch mode other than navigation). A navigation from
   * another site is what the auth server's redirect looks like.
   */
  #isForUs(headers: Headers): boolean {
    const host = headers.get("host");
    const hosts = [`${HOST}:${this.port}`, `localhost:${this.port}`];
    if (host === null || !hosts.includes(host)) return false;
    const origin = headers.get("origin");
    if (origin !== null && origin !== `http://${host}`) return false;
    return (headers.get("sec-fetch-mode") ?? "navigate") === "navigate";
  }

  /** Only for an address that a person has typed or clicked in a terminal. */
  #leadOn(headers: Headers): Page {
    if (this.#signIn === undefined || this.#over) return ENDED;
    const site = headers.get("sec-fetch-site") ?? "none";
    return site === "none" ? leadOn(this.#signIn.href) : FORBIDDEN;
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

  /** For the official client; browsers give themselves away by headers. */
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

/** Listens on the first port that is available. */
export function listenForCallback(
  options: CallbackOptions,
): Result<CallbackListener, string> {
  for (const port of options.ports) {
    try {
      return ok(new CallbackListener(port, options));
    } catch (error) {
      // Windows denies access to ports that it reserves.
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

/** The official client's redirect address has this, not `localhost`. */
const HOST = "127.0.0.1";
const CALLBACK = "/auth/callback";

/** The value of a parameter that is there exactly once and not empty. */
function only(query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name);
  return more.length === 0 && value ? value : undefined;
}

/** Compares in constant time. */
function isEqual(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => new TextEncoder().encode(text));
  return left !== undefined && right !== undefined &&
    left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
