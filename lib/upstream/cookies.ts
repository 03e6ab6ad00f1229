/**
 * Cloudflare's cookies, per login and in memory only (docs/client.md,
 * "Cookies").
 *
 * Keeps the same four names as the client. They go back to upstream with the
 * login that they were set for, until they expire, and never to a caller.
 */
import { STATUS_CODE } from "@std/http";
import { type Cookie, getSetCookies } from "@std/http/cookie";
import type { Login } from "../accounts/pool/credential.ts";
import type { Answer } from "../failure/failure.ts";
import { ageOf, type Clock, type Moment, momentOf } from "../clock.ts";
import { MAX_COOKIE_BYTES } from "../limits.ts";

const KEPT: ReadonlySet<string> = new Set([
  "__cf_bm",
  "__cflb",
  "_cfuvid",
  "cf_clearance",
]);

interface Kept {
  readonly value: string;
  readonly since: Moment;
  /** How long it is good for, in milliseconds. */
  readonly lastsMs: number;
}

type Refusal = Pick<Answer, "status" | "headers">;

export class CookieJar {
  readonly #clock: Clock;
  readonly #cookies = new WeakMap<Login, Map<string, Kept>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Applies the `set-cookie` lines of an answer to this login's request. */
  store(login: Login, headers: Headers): void {
    const set = headers.getSetCookie().filter((line) => KEPT.has(nameIn(line)));
    if (set.length === 0) return;
    const since = momentOf(this.#clock);
    const cookies = this.#cookies.get(login) ?? new Map<string, Kept>();
    this.#cookies.set(login, cookies);
    for (const cookie of getSetCookies(linesOf(set))) {
      const [name, value] = [cookie.name.trim(), cookie.value.trim()];
      if (name.length + value.length > MAX_COOKIE_BYTES) continue;
      const lastsMs = lifetimeOf(cookie, since.now);
      if (lastsMs > 0) cookies.set(name, { value, since, lastsMs });
      else cookies.delete(name);
    }
  }

  /** The `cookie` value for this login's next request, if there is one. */
  header(login: Login): string | undefined {
    const cookies = this.#cookies.get(login);
    if (cookies === undefined) return undefined;
    for (const [name, { since, lastsMs }] of cookies) {
      if (ageOf(since, this.#clock) >= lastsMs) cookies.delete(name);
    }
    if (cookies.size === 0) return undefined;
    return [...cookies].map(([name, { value }]) => `${name}=${value}`)
      .join("; ");
  }

  /**
   * Drops the cookies of a login that the edge has refused: one of them may be
   * the cause. Only a challenge, which has status 403, sets cookies worth
   * keeping. False if nothing has changed.
   */
  refused(login: Login, { status, headers }: Refusal): boolean {
    const before = this.header(login);
    this.#cookies.delete(login);
    if (status === STATUS_CODE.Forbidden) this.store(login, headers);
    return this.header(login) !== before;
  }
}

/** Empty if there is no equals sign: such a line sets nothing. */
function nameIn(line: string): string {
  return line.slice(0, Math.max(0, line.indexOf("="))).trim();
}

/** A negative `Max-Age` deletes, but the parser drops it: make it 0. */
function linesOf(set: readonly string[]): Headers {
  return new Headers(set.map((line): [string, string] => [
    "set-cookie",
    line.replace(/(;\s*max-age\s*=\s*)-\d+/gi, "$10"),
  ]));
}

/** In milliseconds; `Max-Age` overrides `Expires` (RFC 6265, section 5.3). */
function lifetimeOf({ maxAge, expires }: Cookie, now: number): number {
  if (maxAge !== undefined && !Number.isNaN(maxAge)) return maxAge * 1000;
  const end = expires === undefined ? NaN : Number(expires);
  return Number.isNaN(end) ? Infinity : end - now;
}
