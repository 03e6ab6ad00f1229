/**
 * One websocket handshake with upstream (RFC 6455, section 4): sends the
 * official client's header lines, and returns an open socket or the refusal
 * read whole.
 *
 * HTTP/1.1 over TLS without ALPN, as the client does it (docs/client.md,
 * "Handshakes"). Follows no redirect and does not retry.
 */
import type { Socket } from "node:net";
import { CLOSE_TIMEOUT_MS } from "../../limits.ts";
import { bareHost, portOf } from "../../protocol/url.ts";
import type { Handshake, OutgoingHandshake, Runtime } from "../../runtime.ts";
import { openTcp, startTls } from "./dial.ts";
import { openSocket } from "./open_socket.ts";
import { plainRefusal } from "./plain_refusal.ts";
import { proxyFor } from "./proxy_choice.ts";
import { readRefusal } from "./refusal.ts";
import { handshakeLines, headersOf } from "./socket_headers.ts";
import { openTunnel } from "./tunnel.ts";
import { WebSocket } from "./ws.ts";

export interface ConnectorOptions {
  readonly env: (name: string) => string | undefined;
  /** PEM; trusted in addition to the runtime's own. */
  readonly rootCertificates: readonly string[];
  readonly after: Runtime["after"];
}

/** Rejects as `createConnector` says, and then leaves nothing open. */
export async function shakeHands(
  request: OutgoingHandshake,
  options: ConnectorOptions,
): Promise<Handshake> {
  const socket = await dial(request, options);
  let handshake: Handshake | undefined;
  try {
    handshake = await upgrade(request, socket, options.after);
    return handshake;
  } finally {
    if (handshake?.kind !== "open") socket.destroy();
  }
}

async function upgrade(
  request: OutgoingHandshake,
  socket: Socket,
  after: Runtime["after"],
): Promise<Handshake> {
  const { signal, handlers } = request;
  const { promise, resolve, reject } = Promise.withResolvers<Handshake>();
  const websocket = startWebSocket(request, socket);
  const giveUp = () => {
    reject(signal.reason);
    websocket.terminate();
  };
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();

  let headers = new Headers();
  websocket.on("upgrade", (response) => {
    headers = headersOf(response.rawHeaders);
  });
  websocket.on("open", () => {
    const open = openSocket(websocket, handlers);
    resolve({ kind: "open", headers, socket: open });
  });
  websocket.on("unexpected-response", (_request, response) => {
    resolve(readRefusal(response, after).then(plainRefusal));
  });
  websocket.on("error", reject);
  return await promise.finally(() => {
    signal.removeEventListener("abort", giveUp);
  });
}

/** A connection on which we may speak; TLS may still be under way. */
async function dial(
  { url, signal }: OutgoingHandshake,
  { env, rootCertificates }: ConnectorOptions,
): Promise<Socket> {
  const target = { host: bareHost(url), port: portOf(url) };
  const proxy = proxyFor(url, env);
  const socket = proxy
    ? await openTunnel({ ...target, proxy, rootCertificates, signal })
    : await openTcp(target, signal);
  if (!isSecure(url)) return socket;
  return startTls(socket, { host: target.host, rootCertificates });
}

function startWebSocket(
  { url, headers, maxMessageBytes }: OutgoingHandshake,
  socket: Socket,
): WebSocket {
  return new WebSocket(url, {
    createConnection: () => socket,
    // The client compresses messages of every size.
    perMessageDeflate: { threshold: 0 },
    maxPayload: maxMessageBytes,
    closeTimeout: CLOSE_TIMEOUT_MS,
    finishRequest: (request) => {
      const key = String(request.getHeader("sec-websocket-key"));
      const lines = handshakeLines({ host: url.host, key, headers });
      for (const name of request.getHeaderNames()) request.removeHeader(name);
      try {
        for (const [name, values] of lines) request.setHeader(name, values);
        request.end();
      } catch (error) {
        // A value would split the head. `ws` breaks if this callback throws.
        request.destroy(error instanceof Error ? error : undefined);
      }
    },
  });
}

function isSecure({ protocol }: URL): boolean {
  return protocol === "https:" || protocol === "wss:";
}
