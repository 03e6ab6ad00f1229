/**
 * Parts of URLs and of addresses. Pure.
 */

/** The URL of `path`, which begins with a slash, below `base`. */
export function urlBelow(base: URL, path: string): URL {
  return new URL(`${base.href.replace(/\/$/, "")}${path}`);
}

/** The host without the brackets of an IPv6 address. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ["http:", 80],
  ["ws:", 80],
  ["https:", 443],
  ["wss:", 443],
]);

/** The default port of a SOCKS proxy (RFC 1928, section 3). */
const SOCKS_PORT = 1080;

/** The port of a URL: its own, or the default of its scheme. */
export function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return DEFAULT_PORTS.get(protocol) ?? SOCKS_PORT;
}

/** `host:port` as a person writes it, an IPv6 address in brackets. */
export function addressOf(
  { hostname, port }: { readonly hostname: string; readonly port: number },
): string {
  return hostname.includes(":")
    ? `[${hostname}]:${port}`
    : `${hostname}:${port}`;
}
