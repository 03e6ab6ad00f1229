/**
 * Checks that the runtime can use the proxies of the environment. Does not
 * choose one (`proxy_choice.ts`).
 *
 * `fetch` finds them itself, but ignores a value that it does not understand
 * and connects directly. A person who has set a proxy must never get that.
 */
import { err, ok, type Result } from "../../result.ts";

/** Where the runtime looks for proxies. */
export const PROXY_VARIABLES: readonly string[] = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
];

/**
 * Values that both `fetch` and `URL` understand. `fetch` connects directly for
 * a user without a colon, for a blank or another character that must be
 * percent-encoded, for `http:/host`, and for `SOCKS5` in capitals. An `@` after
 * the host means that the password has a `/`: `URL` would take the user for the
 * host.
 */
const USABLE = new RegExp(
  "^(?:(?:[Hh][Tt][Tt][Pp][Ss]?|socks5h?)://)?" +
    "(?:[\\w.~!$&'()*+,;=%-]*:[\\w.~!$&'()*+,;=:@%-]*@)?" +
    "(?:\\[[\\dA-Fa-f:.]+\\]|[\\w.-]+)(?::\\d+)?" +
    "(?:[/?#][\\w.~!$&'()*+,;=:%/?#-]*)?$",
);

export function checkProxies(
  env: (name: string) => string | undefined,
): Result<void, string> {
  for (const name of PROXY_VARIABLES) {
    const value = env(name);
    if (!value) continue;
    if (USABLE.test(value) && parseProxy(value)) continue;
    return err(
      `Cannot use ${name} "${withoutPassword(value)}": expected an http, ` +
        "https, socks5 or socks5h URL, such as http://name:password@host:port, " +
        "with special characters percent-encoded",
    );
  }
  return ok(undefined);
}

/** A value without a scheme means http, as in curl. */
export function parseProxy(value: string): URL | undefined {
  const text = value.includes("://") ? value : `http://${value}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** A password may hold any character, so the last `@` ends it. */
function withoutPassword(value: string): string {
  return value.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1…@");
}
