/**
 * A wire tap: passes TCP connections on to a port of this machine and keeps
 * what went over them, so that a test knows what was sent to the byte.
 *
 * Knows HTTP/1.1 just so far as to tell one request from the next; what went
 * over a websocket is for `tapped_websocket.ts`.
 */
import { concat } from "@std/bytes";
import type { HeaderLine } from "../../../lib/protocol/headers.ts";
import { close, writeAll } from "../../support/connection.ts";

/** A request as it stood on the wire. */
export interface TappedRequest {
  readonly method: string;
  readonly target: string;
  /** In wire order and case. */
  readonly headers: readonly HeaderLine[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** All bytes of one connection so far, each way. */
export interface TappedConnection {
  readonly sent: Uint8Array<ArrayBuffer>;
  readonly answered: Uint8Array<ArrayBuffer>;
}

interface Kept {
  readonly sent: Uint8Array<ArrayBuffer>[];
  readonly answered: Uint8Array<ArrayBuffer>[];
}

export class Tap implements AsyncDisposable {
  readonly origin: string;
  readonly #listener: Deno.TcpListener;
  readonly #kept: Kept[] = [];
  readonly #open = new Set<Deno.TcpConn>();
  readonly #work: Promise<void>[] = [];

  /** Where connections are passed on to; to be set before the first. */
  target: string | undefined;

  constructor() {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.origin = `http://127.0.0.1:${this.#listener.addr.port}`;
    this.#work.push(this.#accept());
  }

  /** Every whole request so far, by connection. */
  get requests(): readonly TappedRequest[] {
    return this.connections.flatMap(({ sent }) => requestsIn(sent));
  }

  /** In the order in which they were opened. */
  get connections(): readonly TappedConnection[] {
    return this.#kept.map(({ sent, answered }) => ({
      sent: concat(sent),
      answered: concat(answered),
    }));
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.#work.push(this.#connect(client));
    }
  }

  async #connect(client: Deno.TcpConn): Promise<void> {
    const { port } = new URL(this.target ?? "http://nowhere");
    const server = await Deno.connect({
      hostname: "127.0.0.1",
      port: Number(port),
    });
    client.setNoDelay(true);
    server.setNoDelay(true);
    this.#open.add(client).add(server);
    const kept: Kept = { sent: [], answered: [] };
    this.#kept.push(kept);
    await Promise.all([
      pass(client, server, (chunk) => kept.sent.push(chunk)),
      pass(server, client, (chunk) => kept.answered.push(chunk)),
    ]);
    for (const end of [client, server]) {
      this.#open.delete(end);
      close(end);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const end of this.#open) close(end);
    await Promise.all(this.#work);
  }
}

async function pass(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  see: (chunk: Uint8Array<ArrayBuffer>) => void,
): Promise<void> {
  try {
    for await (const chunk of from.readable.values({ preventCancel: true })) {
      see(chunk.slice());
      await writeAll(to, chunk);
    }
    await to.closeWrite();
  } catch {
    // One side was cut: so is the other, as there would be no wire between.
    close(from);
    close(to);
  }
}

function requestsIn(bytes: Uint8Array<ArrayBuffer>): TappedRequest[] {
  const head = /^(\S+) (\S+) HTTP\/1\.1\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(
    // One character per byte, so that lengths agree.
    new TextDecoder("latin1").decode(bytes),
  );
  if (!head) return [];
  const [all, method = "", target = "", lines = ""] = head;
  const headers = lines.split("\r\n").slice(0, -1).map((line): HeaderLine => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const length = Number(
    headers.find(([name]) => name.toLowerCase() === "content-length")?.[1] ?? 0,
  );
  const end = all.length + length;
  if (bytes.length < end) return [];
  const body = bytes.slice(all.length, end);
  return [
    { method, target, headers, body },
    ...requestsIn(bytes.slice(end)),
  ];
}
