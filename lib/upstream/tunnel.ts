/**
 * A connection through a proxy: HTTP CONNECT (RFC 9110, section 9.3.6), or
 * SOCKS5 by `socks.ts`. Chooses no proxy and starts no TLS to the target.
 *
 * The agents on npm for this read the whole environment, and the one for
 * SOCKS leaves a timer behind.
 */
import { request as httpRequest } from "node:http";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { bareHost } from "./proxy_choice.ts";
import { type Credentials, greetSocks } from "./socks.ts";
import { trusting } from "./trust.ts";

export interface TunnelRequest {
  readonly proxy: URL;
  /** Name or address, without brackets; names are the proxy's to resolve. */
  readonly host: string;
  readonly port: number;
  /** PEM, for a proxy that itself speaks TLS; trusted besides the usual. */
  readonly rootCertificates: readonly string[];
  /** Closes everything again, as long as the tunnel is not open. */
  readonly signal: AbortSignal;
}

/** Rejects when the proxy is down, says no, or `signal` aborts. */
export async function openTunnel(request: TunnelRequest): Promise<Socket> {
  const { proxy, signal, host, port } = request;
  signal.throwIfAborted();
  const socket = dial(request);
  const giveUp = () => socket.destroy();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    const credentials = credentialsOf(proxy);
    const target = { host, port, credentials };
    await (proxy.protocol.startsWith("socks")
      ? greetSocks(socket, target)
      : greetHttp(socket, target));
    return socket;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    // The message names what failed, and holds no password.
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`proxy: ${reason}`, { cause: error });
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function dial({ proxy, rootCertificates }: TunnelRequest): Socket {
  const host = bareHost(proxy);
  const port = portOf(proxy);
  if (proxy.protocol !== "https:") return connect({ host, port });
  const servername = isIP(host) ? "" : host;
  return connectTls({ host, port, servername, ...trusting(rootCertificates) });
}

function greetHttp(
  socket: Socket,
  { host, port, credentials }: {
    readonly host: string;
    readonly port: number;
    readonly credentials: Credentials | undefined;
  },
): Promise<void> {
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const request = httpRequest({
    method: "CONNECT",
    path: target,
    headers: { host: target, ...authorization(credentials) },
    createConnection: () => socket,
  });
  const refuse = (status = 0) =>
    reject(new Error(`answered ${status} to CONNECT ${target}`));
  request.on("connect", ({ statusCode = 0 }, _socket, head) => {
    if (statusCode < 200 || statusCode > 299) return refuse(statusCode);
    if (head.length > 0) socket.unshift(head);
    resolve();
  });
  request.on("response", ({ statusCode }) => refuse(statusCode));
  request.on("error", reject);
  request.end();
  return promise;
}

/** RFC 7617; nothing without a user name. */
function authorization(
  credentials: Credentials | undefined,
): Readonly<Record<string, string>> {
  if (!credentials) return {};
  const { username, password } = credentials;
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return { "proxy-authorization": `Basic ${bytes.toBase64()}` };
}

function credentialsOf({ username, password }: URL): Credentials | undefined {
  if (username === "") return undefined;
  return {
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
}

function portOf(proxy: URL): number {
  if (proxy.port !== "") return Number(proxy.port);
  if (proxy.protocol === "https:") return 443;
  return proxy.protocol === "http:" ? 80 : 1080;
}
