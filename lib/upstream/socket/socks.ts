/**
 * The client's side of SOCKS5: CONNECT (RFC 1928), with a user name and a
 * password if there are any (RFC 1929). Does not open or close the connection.
 */
import { isIP } from "node:net";
import type { ProxyGreeting } from "./proxy_greeting.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface TunnelTarget {
  /** Sent as it is: the proxy resolves names. */
  readonly host: string;
  readonly port: number;
  readonly credentials: Credentials | undefined;
}

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const PASSWORD = 2;
const CONNECT = 1;
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([[1, 4], [4, 16]]);
const NAME = 3;

/** What the proxy's reply means (RFC 1928, section 6). */
const REPLIES: readonly string[] = [
  "succeeded",
  "general failure",
  "connection not allowed",
  "network unreachable",
  "host unreachable",
  "connection refused",
  "TTL expired",
  "command not supported",
  "address type not supported",
];

/** Rejects if the proxy refuses, closes, or speaks another protocol. */
export async function greetSocks(
  proxy: ProxyGreeting,
  { host, port, credentials }: TunnelTarget,
): Promise<void> {
  const methods = credentials
    ? [NO_AUTHENTICATION, PASSWORD]
    : [NO_AUTHENTICATION];
  proxy.say(Uint8Array.of(VERSION, methods.length, ...methods));
  const [version, method = -1] = await proxy.bytes(2);
  if (version !== VERSION) throw notSocks();
  if (!methods.includes(method)) throw new Error("wants other credentials");
  if (method === PASSWORD && credentials) {
    await authenticate(proxy, credentials);
  }

  const address = isIP(host) === 0 ? [NAME, ...counted(host)] : numeric(host);
  proxy.say(
    Uint8Array.of(VERSION, CONNECT, 0, ...address, port >> 8, port & 255),
  );
  const [answers, status = 1, , kind = 0] = await proxy.bytes(4);
  if (answers !== VERSION) throw notSocks();
  if (status !== 0) {
    const reason = REPLIES[status] ?? `status ${status}`;
    throw new Error(`SOCKS5 ${reason}: ${host}:${port}`);
  }
  // The address that the proxy uses is not needed, but has to be read.
  const [length = 0] = kind === NAME
    ? await proxy.bytes(1)
    : [ADDRESS_BYTES.get(kind)];
  if (kind !== NAME && length === 0) throw notSocks();
  await proxy.bytes(length + 2);
}

function notSocks(): Error {
  return new Error("no SOCKS5 proxy");
}

async function authenticate(
  proxy: ProxyGreeting,
  { username, password }: Credentials,
): Promise<void> {
  proxy.say(Uint8Array.of(1, ...counted(username), ...counted(password)));
  const [, status] = await proxy.bytes(2);
  if (status !== 0) throw new Error("refuses the user name or password");
}

/** A text after one byte with its length. */
function counted(text: string): readonly number[] {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > 255) throw new Error("more than 255 bytes for SOCKS5");
  return [bytes.length, ...bytes];
}

/** Kind and bytes of an address; IPv6 in the runtime's own spelling. */
function numeric(host: string): readonly number[] {
  if (isIP(host) === 4) return [1, ...host.split(".").map(Number)];
  const [head = "", tail = ""] = host.split("::");
  const groups = (text: string) => text === "" ? [] : text.split(":");
  const missing = 8 - groups(head).length - groups(tail).length;
  const zeros = Array.from({ length: missing }, () => "0");
  const all = [...groups(head), ...zeros, ...groups(tail)]
    .map((group) => parseInt(group, 16));
  return [4, ...all.flatMap((group) => [group >> 8, group & 255])];
}
