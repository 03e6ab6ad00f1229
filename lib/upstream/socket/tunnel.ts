/**
 * A connection through a proxy: HTTP CONNECT (RFC 9110, section 9.3.6), or
 * SOCKS5 by `socks.ts`. Chooses no proxy and starts no TLS to the target.
 *
 * Our own for the reasons in docs/design.md, "Dependencies".
 */
import type { Socket } from "node:net";
import { ownMessage } from "../../error_text.ts";
import { addressOf, bareHost, portOf } from "../../protocol/url.ts";
import { openTcp, startTls } from "./dial.ts";
import { ProxyGreeting } from "./proxy_greeting.ts";
import { type Credentials, greetSocks, type TunnelTarget } from "./socks.ts";

export interface TunnelRequest {
  readonly proxy: URL;
  /** Name or address, without brackets; the proxy resolves names. */
  readonly host: string;
  readonly port: number;
  /** PEM, for a proxy that itself speaks TLS; in addition to the usual ones. */
  readonly rootCertificates: readonly string[];
  /** Closes everything, as long as the tunnel is not open. */
  readonly signal: AbortSignal;
}

/** Rejects if the proxy is down or refuses, or if `signal` aborts. */
export async function openTunnel(request: TunnelRequest): Promise<Socket> {
  const { signal } = request;
  let socket: Socket | undefined;
  const giveUp = () => socket?.destroy();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    socket = await dial(request);
    await greet(new ProxyGreeting(socket), request);
    return socket;
  } catch (error) {
    socket?.destroy();
    signal.throwIfAborted();
    // The message names what failed, and has no password.
    const reason = ownMessage(error);
    throw new Error(`proxy: ${reason}`, { cause: error });
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function dial(
  { proxy, rootCertificates, signal }: TunnelRequest,
): Promise<Socket> {
  const host = bareHost(proxy);
  const socket = await openTcp({ host, port: portOf(proxy) }, signal);
  return proxy.protocol === "https:"
    ? startTls(socket, { host, rootCertificates })
    : socket;
}

async function greet(
  greeting: ProxyGreeting,
  { proxy, host, port }: TunnelRequest,
): Promise<void> {
  const target = { host, port, credentials: credentialsOf(proxy) };
  await (proxy.protocol.startsWith("socks")
    ? greetSocks(greeting, target)
    : greetHttp(greeting, target));
  // We speak first, in TLS and in a handshake. Early bytes would also make the
  // runtime's TLS fail where nothing catches it.
  if (greeting.hasRest) throw new Error("speaks unasked");
}

async function greetHttp(
  proxy: ProxyGreeting,
  { host, port, credentials }: TunnelTarget,
): Promise<void> {
  const target = addressOf({ hostname: host, port });
  const lines = [
    `CONNECT ${target} HTTP/1.1`,
    `Host: ${target}`,
    ...authorization(credentials),
  ];
  proxy.say(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  const head = await proxy.head();
  const status = /^HTTP\/1\.[01] (\d{3})(?!\S)/.exec(head)?.[1];
  if (status === undefined) throw new Error("no HTTP proxy");
  if (!status.startsWith("2")) {
    throw new Error(`answered ${status} to CONNECT ${target}`);
  }
}

/** RFC 7617; no line without a user name or a password. */
function authorization(
  credentials: Credentials | undefined,
): readonly string[] {
  if (!credentials) return [];
  const { username, password } = credentials;
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return [`Proxy-Authorization: Basic ${bytes.toBase64()}`];
}

function credentialsOf({ username, password }: URL): Credentials | undefined {
  if (username === "" && password === "") return undefined;
  return { username: decoded(username), password: decoded(password) };
}

/**
 * Decodes as `fetch` does: a `%` that begins no escape stays, and bytes that
 * are not UTF-8 become U+FFFD. `decodeURIComponent` throws on both.
 */
function decoded(text: string): string {
  return text.replaceAll(/(?:%[\da-f]{2})+/gi, (escapes) => {
    const bytes = Uint8Array.fromHex(escapes.replaceAll("%", ""));
    return new TextDecoder().decode(bytes);
  });
}
