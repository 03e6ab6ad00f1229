/** HTTP/1.1 by hand, so that any of it can be done wrong. */
import { concat } from "@std/bytes";
import { ByteReader } from "./byte_reader.ts";
import type { HeaderLines, Output } from "./stage.ts";
import type { Wire } from "./wire.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Bytes;
}

export interface Handlers {
  readonly answer: (request: Request, output: Output) => Promise<void>;
  /** A websocket handshake; the wire is the handler's from then on. */
  readonly upgrade: (
    request: Request,
    wire: Wire,
    rest: () => Bytes,
  ) => Promise<void>;
}

const encoder = new TextEncoder();

/** Serves one connection to its end. */
export async function serveHttp1(
  wire: Wire,
  handlers: Handlers,
): Promise<void> {
  const reader = new ByteReader(wire);
  try {
    while (!wire.closed.aborted) {
      const request = await readRequest(reader);
      if (!request) return;
      if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
        const rest = () => reader.takeRest();
        return await handlers.upgrade(request, wire, rest);
      }
      const answering = new Http1Output(wire);
      await handlers.answer(request, answering);
      if (!answering.isWhole) return;
    }
  } finally {
    wire.close();
  }
}

async function readRequest(reader: ByteReader): Promise<Request | undefined> {
  const head = await reader.head();
  if (head === undefined) return undefined;
  const [first = "", ...lines] = head.split("\r\n");
  const [method = "", path = ""] = first.split(" ");
  const headers = new Headers(lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }));
  const body = headers.get("transfer-encoding")
    ? await readChunks(reader)
    : await reader.bytes(Number(headers.get("content-length") ?? 0));
  return body && { method, path, headers, body };
}

async function readChunks(reader: ByteReader): Promise<Bytes | undefined> {
  const parts: Bytes[] = [];
  while (true) {
    const line = await reader.line();
    if (line === undefined) return undefined;
    const size = parseInt(line, 16);
    const part = await reader.bytes(size + 2);
    if (!part) return undefined;
    if (size === 0) return concat(parts);
    parts.push(part.subarray(0, size));
  }
}

class Http1Output implements Output {
  readonly version = "http1";
  /** Whether the connection is good for another request. */
  isWhole = false;
  readonly #wire: Wire;
  #isChunked = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  get gone(): AbortSignal {
    return this.#wire.closed;
  }

  get connection() {
    return { raw: (bytes: Uint8Array | string) => this.#send(bytes) };
  }

  inform = (status: number, lines: HeaderLines = []): Promise<void> =>
    this.#send(headText(status, lines));

  head = async (status: number, lines: HeaderLines = []): Promise<void> => {
    this.#isChunked = !lines.some(([name]) => name === "content-length");
    const own: HeaderLines = this.#isChunked
      ? [["transfer-encoding", "chunked"]]
      : [];
    await this.#send(headText(status, [...lines, ...own]));
  };

  write = async (bytes: Uint8Array): Promise<void> => {
    if (bytes.length === 0) return;
    if (!this.#isChunked) return await this.#send(bytes);
    const size = encoder.encode(`${bytes.length.toString(16)}\r\n`);
    await this.#send(concat([size, bytes, encoder.encode("\r\n")]));
  };

  end = async (): Promise<void> => {
    if (this.#isChunked) await this.#send("0\r\n\r\n");
    this.isWhole = true;
  };

  answer = async (
    status: number,
    lines: HeaderLines,
    body: Uint8Array,
  ): Promise<void> => {
    const hasBody = status >= 200 && status !== 204 && status !== 304;
    const length: HeaderLines = hasBody
      ? [["content-length", String(body.length)]]
      : [];
    const head = encoder.encode(headText(status, [...lines, ...length]));
    await this.#send(concat([head, body]));
    this.isWhole = true;
  };

  reset = (): Promise<void> => Promise.resolve(this.#wire.reset());
  hangUp = (): Promise<void> => Promise.resolve(this.#wire.close());

  #send(bytes: Uint8Array | string): Promise<void> {
    return this.#wire.write(
      typeof bytes === "string" ? encoder.encode(bytes) : bytes,
    );
  }
}

export function headText(status: number, lines: HeaderLines): string {
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${status} X\r\n${text}\r\n`;
}
