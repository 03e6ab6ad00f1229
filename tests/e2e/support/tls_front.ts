/**
 * TLS in front of a plain server of this machine, under the certificate of
 * `tests/fixtures/tls`, and a count of who came.
 */
import { close } from "../../support/connection.ts";

const FILES = new URL("../../fixtures/tls/", import.meta.url);

/** For `CODEX_CA_CERTIFICATE`. */
export const ROOT_CERTIFICATE = new URL("root.pem", FILES);

export class TlsFront implements AsyncDisposable {
  readonly port: number;
  connections = 0;
  readonly #listener: Deno.TlsListener;
  readonly #open = new Set<Deno.Conn>();
  readonly #work: Promise<void>[] = [];

  private constructor(listener: Deno.TlsListener, target: number) {
    this.#listener = listener;
    this.port = listener.addr.port;
    this.#work.push(this.#accept(target));
  }

  /** `target` is a port of 127.0.0.1. */
  static async before(target: number): Promise<TlsFront> {
    const listener = Deno.listenTls({
      hostname: "127.0.0.1",
      port: 0,
      cert: await Deno.readTextFile(new URL("server.pem", FILES)),
      key: await Deno.readTextFile(new URL("server.key", FILES)),
    });
    return new TlsFront(listener, target);
  }

  async #accept(target: number): Promise<void> {
    for await (const client of this.#listener) {
      this.connections++;
      this.#work.push(this.#carry(client, target));
    }
  }

  async #carry(client: Deno.Conn, port: number): Promise<void> {
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    this.#open.add(client).add(server);
    const one = async (from: Deno.Conn, to: Deno.Conn) => {
      // Whichever side ends, or breaks: so does the other.
      await from.readable.pipeTo(to.writable).catch(() => {});
    };
    await Promise.all([one(client, server), one(server, client)]);
    this.#open.delete(client);
    this.#open.delete(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) close(connection);
    await Promise.all(this.#work);
  }
}
