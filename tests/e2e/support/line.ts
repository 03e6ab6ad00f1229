/**
 * The line between somebody and a server of this machine: may be down for a
 * while, and may be slow one way. Bytes pass unchanged.
 */
import { close, writeAll } from "../../support/connection.ts";
import { freePort } from "../../support/free_port.ts";

export interface LineOptions {
  /** Nobody is there for the first so many milliseconds after `begin`. */
  readonly downMs?: number;
  /** What goes toward the server, in bytes per second. */
  readonly uploadRate?: number;
}

type Direction = AsyncIterable<Uint8Array<ArrayBuffer>>;

export class Line implements AsyncDisposable {
  readonly port: number;
  readonly #options: LineOptions;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #work: Promise<void>[] = [];
  #listener: Deno.TcpListener | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Where connections are passed on to; to be set before the first. */
  targetPort = 0;

  constructor(options: LineOptions) {
    this.#options = options;
    this.port = freePort();
    // Otherwise refused until its time of being down is over.
    if (options.downMs === undefined) this.#listen();
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Its time of being down starts now. */
  begin(): void {
    const { downMs } = this.#options;
    if (downMs === undefined) return;
    this.#timer = setTimeout(() => this.#listen(), downMs);
  }

  #listen(): void {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: this.port });
    this.#listener = listener;
    this.#work.push((async () => {
      for await (const client of listener) this.#work.push(this.#pass(client));
    })());
  }

  async #pass(client: Deno.TcpConn): Promise<void> {
    const server = await Deno.connect({
      hostname: "127.0.0.1",
      port: this.targetPort,
    });
    client.setNoDelay(true);
    server.setNoDelay(true);
    this.#open.add(client).add(server);
    const up = client.readable.values({ preventCancel: true });
    const down = server.readable.values({ preventCancel: true });
    await Promise.all([
      passOn(up, server, this.#options.uploadRate),
      passOn(down, client, undefined),
    ]);
    for (const end of [client, server]) {
      this.#open.delete(end);
      close(end);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#listener?.close();
    for (const end of this.#open) close(end);
    await Promise.all(this.#work);
  }
}

/** Bytes that a slow line takes at once. */
const SLICE = 16_384;

async function passOn(
  from: Direction,
  to: Deno.TcpConn,
  rate: number | undefined,
): Promise<void> {
  // A schedule, because the lateness of each timer would add up.
  let due = 0;
  try {
    for await (const chunk of from) {
      due = Math.max(due, performance.now());
      for (let at = 0; at < chunk.length; at += SLICE) {
        const slice = chunk.subarray(at, at + SLICE);
        await writeAll(to, slice);
        if (rate === undefined) continue;
        due += slice.length / rate * 1000;
        const ms = Math.max(0, due - performance.now());
        await new Promise((resolve) => setTimeout(resolve, ms));
      }
    }
    await to.closeWrite();
  } catch {
    // Cut at one end, it is cut at the other.
    close(to);
  }
}
