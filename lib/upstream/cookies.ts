/**
 * Cloudflare's cookies, per account and in memory only (C11, "Cookies").
 *
 * The client keeps four names and nothing else; so does this. They go back to
 * upstream with the account they were given to and never to a caller.
 */

const KEPT: ReadonlySet<string> = new Set([
  "__cf_bm",
  "__cflb",
  "_cfuvid",
  "cf_clearance",
]);

export class CookieJar {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** Remembers what an answer to this account's request has set. */
  store(accountId: string, headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair = ""] = line.split(";", 1);
      const at = pair.indexOf("=");
      const name = pair.slice(0, at).trim();
      if (at < 1 || !KEPT.has(name)) continue;

      const cookies = this.#cookies.get(accountId) ?? new Map();
      cookies.set(name, pair.slice(at + 1).trim());
      this.#cookies.set(accountId, cookies);
    }
  }

  /** The `cookie` value for this account's next request, if there is one. */
  header(accountId: string): string | undefined {
    const cookies = this.#cookies.get(accountId);
    return cookies &&
      [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}
