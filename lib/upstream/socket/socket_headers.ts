/**
 * Header lines of a websocket handshake, sent and received. Pure.
 *
 * Lines, order and case toward upstream are those of the official client
 * (docs/client.md, "Handshakes"): five lines of the protocol, then its own in
 * lower case, then the extension.
 */

import type { HeaderLine } from "../../protocol/headers.ts";

/** What the client offers; `ws` offers the same with its defaults. */
const EXTENSIONS = "permessage-deflate; client_max_window_bits";

/** Every line in wire order; lines of one name are kept together. */
export function handshakeLines(
  { host, key, headers }: {
    /** With the port, unless it is the default of the scheme. */
    readonly host: string;
    /** `Sec-WebSocket-Key` (RFC 6455, section 4.1). */
    readonly key: string;
    readonly headers: readonly HeaderLine[];
  },
): ReadonlyMap<string, readonly string[]> {
  const lines = new Map<string, string[]>();
  for (
    const [name, value] of [
      ["Host", host],
      ["Connection", "Upgrade"],
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Key", key],
      ...headers,
      ["sec-websocket-extensions", EXTENSIONS],
    ] as const
  ) {
    const values = lines.get(name);
    if (values) values.push(value);
    else lines.set(name, [value]);
  }
  return lines;
}

/** Headers from alternating names and values, as node:http has them. */
export function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    headers.append(raw[at] ?? "", raw[at + 1] ?? "");
  }
  return headers;
}
