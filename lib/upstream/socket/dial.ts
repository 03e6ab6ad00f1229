/**
 * A connection to a host: TCP, and TLS over it.
 *
 * Opens TCP first even for TLS: if a TLS socket opens its own TCP connection
 * and that is refused, the runtime (Deno 2.9.6) never frees the socket, nor the
 * turn that waited for it.
 */
import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import {
  connect as connectTls,
  createSecureContext,
  type SecureContext,
} from "node:tls";

export interface Host {
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Rejects if there is no connection, or if `signal` aborts before there is. */
export async function openTcp(
  { host, port }: Host,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect({ host, port }).on("error", toldElsewhere);
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw error;
  }
}

/**
 * Starts TLS with `host` over `socket`, and closes `socket` with it. Returns
 * before the handshake: if that fails, the returned socket emits `error`.
 */
export function startTls(
  socket: Socket,
  { host, rootCertificates }: {
    readonly host: string;
    /** PEM; trusted in addition to the runtime's own. */
    readonly rootCertificates: readonly string[];
  },
): Socket {
  const secured = connectTls({
    socket,
    // The server name must not be an address (RFC 6066, section 3).
    servername: isIP(host) ? "" : host,
    ...trusting(rootCertificates),
  });
  secured.once("close", () => socket.destroy());
  return secured.on("error", toldElsewhere);
}

/**
 * The socket's user handles its errors; without this listener, Node would throw
 * those that come when no one listens.
 */
function toldElsewhere(): void {}

/**
 * Options that trust `rootCertificates` (PEM) in addition to the usual ones.
 * The option `ca` would replace those, and listing them needs a permission for
 * the whole system.
 */
function trusting(
  rootCertificates: readonly string[],
): { readonly secureContext?: SecureContext } {
  if (rootCertificates.length === 0) return {};
  const secureContext = createSecureContext();
  for (const pem of rootCertificates) secureContext.context.addCACert(pem);
  return { secureContext };
}
