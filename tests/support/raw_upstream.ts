/**
 * An upstream that sends exactly the bytes it is told to, in exactly the
 * pieces, for what the simulator's honest answers cannot show.
 *
 * Reads requests just well enough; judges nothing.
 */
import { close, writeAll } from "./connection.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** One request and the raw connection it came by. */
export interface RawExchange {
  /** Request line and header lines. */
  readonly head: string;
  /** Sends the head of a chunked event stream. */
  begin(headers?: Readonly<Record<string, string>>): Promise<void>;
  /** Sends one HTTP chunk. */
  chunk(bytes: Bytes): Promise<void>;
  /** Ends the chunked body. */
  end(): Promise<void>;
  /** Any bytes at all, instead of the above. */
  raw(text: string): Promise<void>;
  /** Closes the connection, whatever was sent. */
  cut(): void;
  /** Resolves when the gateway closes its side. */
  readonly left: Promise<void>;
}

export class RawUpstream implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #served = new Set<Promise<void>>();
  readonly #answer: (exchange: RawExchange) => Promise<void>;
  readonly #loop: Promise<void>;
  /** Heads of the requests, in arrival order. */
  readonly heads: string[] = [];

  constructor(answer: (exchange: RawExchange) => Promise<void>) {
    this.#answer = answer;
    this.#loop = this.#accept();
  }

  /** For `--upstream`. */
  get url(): string {
    const { port } = this.#listener.addr;
    return `http://127.0.0.1:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await this.#loop;
    await Promise.allSettled([...this.#served]);
  }

  async #accept(): Promise<void> {
    try {
      for await (const connection of this.#listener) {
        const served = this.#serve(connection).catch(() => {});
        this.#served.add(served);
      }
    } catch {
      // The listener was closed.
    }
  }

  /** One request per connection; the gateway opens another for the next. */
  async #serve(connection: Deno.TcpConn): Promise<void> {
    connection.setNoDelay(true);
    this.#connections.add(connection);
    try {
      const head = await readRequest(connection);
      if (head === undefined) return;
      this.heads.push(head);
      const left = untilClosed(connection);
      await this.#answer(exchangeOf(connection, head, left));
    } finally {
      close(connection);
      this.#connections.delete(connection);
    }
  }
}

function exchangeOf(
  connection: Deno.TcpConn,
  head: string,
  left: Promise<void>,
): RawExchange {
  const raw = (text: string) => writeAll(connection, encode(text));
  return {
    head,
    left,
    raw,
    begin: (headers = {}) => {
      const lines = Object.entries({
        "content-type": "text/event-stream",
        "transfer-encoding": "chunked",
        "connection": "close",
        ...headers,
      }).map(([name, value]) => `${name}: ${value}\r\n`);
      return raw(`HTTP/1.1 200 OK\r\n${lines.join("")}\r\n`);
    },
    chunk: async (bytes) => {
      const size = encode(`${bytes.length.toString(16)}\r\n`);
      const whole = new Uint8Array(size.length + bytes.length + 2);
      whole.set(size);
      whole.set(bytes, size.length);
      whole.set([13, 10], size.length + bytes.length);
      await writeAll(connection, whole);
    },
    end: () => raw("0\r\n\r\n"),
    cut: () => close(connection),
  };
}

/** Reads head and body; undefined when the connection ends before. */
async function readRequest(
  connection: Deno.TcpConn,
): Promise<string | undefined> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  while (true) {
    const n = await connection.read(buffer);
    if (n === null) return undefined;
    // One character per byte, so that lengths are lengths.
    text += Array.from(
      buffer.subarray(0, n),
      (byte) => String.fromCharCode(byte),
    ).join("");
    const end = text.indexOf("\r\n\r\n");
    if (end === -1) continue;
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    if (text.length >= end + 4 + length) return text.slice(0, end);
  }
}

async function untilClosed(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1024);
  try {
    while (await connection.read(buffer) !== null);
  } catch {
    // Reset, or closed by ourselves: closed.
  }
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}
