/**
 * The simulator's one port: plain HTTP/1.1 on 127.0.0.1, upgrades included.
 *
 * The handler gets upgrades like any other request; the code that answers with
 * 101 takes the connection over.
 */

import {
  createServer,
  type IncomingMessage,
  type Server,
  ServerResponse,
} from "node:http";
import type { Socket } from "node:net";

/** `rest`: bytes after the head of an upgrade request, undefined for others. */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  rest: Uint8Array | undefined,
) => void;

export interface Listener {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** Cuts all open connections and stops listening. */
  readonly close: () => Promise<void>;
}

/** Port 0 means any free port. Rejects when the port is taken. */
export async function listen(
  port: number,
  handler: Handler,
): Promise<Listener> {
  const server = createServer((request, response) =>
    handler(request, response, undefined)
  );
  /** Connections that the server itself no longer tracks. */
  const upgraded = new Set<Socket>();
  server.on("upgrade", (request: IncomingMessage, _, rest: Uint8Array) => {
    const { socket } = request;
    upgraded.add(socket);
    socket.on("close", () => upgraded.delete(socket));
    handler(request, responseTo(request), rest);
  });
  await bind(server, port);
  return {
    origin: originOf(server),
    close: () =>
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      }),
  };
}

/** No timeouts: only faults and callers end a connection. */
async function bind(server: Server, port: number): Promise<void> {
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  server.on("connection", (socket: Socket) => socket.setNoDelay(true));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}

/** The answer to an upgrade request, whose connection the server let go of. */
function responseTo(request: IncomingMessage): ServerResponse {
  const { socket } = request;
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on("finish", () => socket.destroySoon());
  socket.on("error", () => {});
  socket.on("end", () => socket.destroySoon());
  // A paused socket would not tell that the caller has left.
  socket.resume();
  return response;
}

function originOf(server: Server): string {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return `http://127.0.0.1:${port}`;
}
