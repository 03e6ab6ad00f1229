/**
 * An upstream that takes the frames of HTTP/2 (RFC 9113) as they come, and the
 * records of TLS that they came in. It answers each request with an empty 200.
 */
import { concat } from "@std/bytes";
import { close, writeAll } from "./connection.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Bytes;
}

export const FRAME = { data: 0, headers: 1, settings: 4, windowUpdate: 8 };

/** One stream is refused, or a connection ends in good order. */
export type Refusal = "REFUSED_STREAM" | "GOAWAY";

export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
export const FRAME_HEAD_BYTES = 9;
const RST_STREAM = 3;
const GOAWAY = 7;
/** The error of a stream that nobody has looked at. */
const REFUSED = 7;
const ACK = 1;
const END_STREAM = 1;
const END_HEADERS = 4;
/** `:status: 200`, the eighth entry of the static table (RFC 7541). */
const STATUS_200 = 0x88;
/** Room for all bodies of a connection together. */
const WINDOW = new Uint8Array([0x40, 0, 0, 0]);
/** The type of a record with data, and what else one with a frame holds. */
const RECORD_DATA = 23;
const RECORD_HEAD_BYTES = 5;
const RECORD_REST_BYTES = 17;

const FILES = new URL("../fixtures/tls/", import.meta.url);

export class FramesUpstream implements AsyncDisposable {
  readonly #front = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #listener: Deno.TlsListener;
  readonly #open = new Set<Deno.Conn>();
  readonly #work: Promise<void>[] = [];
  #preface = "";

  /** How the next request is refused; undefined: it is answered. */
  refusal: Refusal | undefined;
  /** All frames of all connections, in order. */
  readonly frames: Frame[] = [];
  /** How many bytes of frames were in each record with data. */
  readonly records: number[] = [];

  private constructor(listener: Deno.TlsListener) {
    this.#listener = listener;
    this.#work.push(this.#accept());
  }

  static async open(): Promise<FramesUpstream> {
    const [cert, key] = await Promise.all(
      ["server.pem", "server.key"].map((name) =>
        Deno.readTextFile(new URL(name, FILES))
      ),
    );
    return new FramesUpstream(
      Deno.listenTls({
        hostname: "127.0.0.1",
        port: 0,
        cert: cert ?? "",
        key: key ?? "",
        alpnProtocols: ["h2"],
      }),
    );
  }

  get url(): URL {
    return new URL(`https://127.0.0.1:${this.#front.addr.port}`);
  }

  /** What the last connection began with. */
  get preface(): string {
    return this.#preface;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#front.close();
    for (const connection of this.#open) close(connection);
    await Promise.all(this.#work);
    this.#listener.close();
  }

  async #accept(): Promise<void> {
    const { port } = this.#listener.addr;
    try {
      for await (const client of this.#front) {
        const inner = await Deno.connect({ hostname: "127.0.0.1", port });
        const server = await this.#listener.accept();
        for (const end of [client, inner, server]) this.#open.add(end);
        this.#work.push(...[
          this.#passOn(client, inner),
          inner.readable.pipeTo(client.writable),
          this.#read(server),
        ].map((work) => work.catch(() => {})));
      }
    } catch {
      // Closed.
    }
  }

  async #passOn(client: Deno.TcpConn, inner: Deno.TcpConn): Promise<void> {
    let rest: Bytes = new Uint8Array();
    for await (const chunk of client.readable) {
      rest = concat([rest, chunk]);
      while (rest.length >= RECORD_HEAD_BYTES) {
        const size = new DataView(rest.buffer, rest.byteOffset).getUint16(3);
        if (rest.length < RECORD_HEAD_BYTES + size) break;
        if (rest[0] === RECORD_DATA) {
          this.records.push(size - RECORD_REST_BYTES);
        }
        rest = rest.slice(RECORD_HEAD_BYTES + size);
      }
      await writeAll(inner, chunk);
    }
  }

  async #read(server: Deno.TlsConn): Promise<void> {
    await writeAll(server, frame({ type: FRAME.settings }));
    await writeAll(
      server,
      frame({ type: FRAME.windowUpdate, payload: WINDOW }),
    );
    let rest: Bytes = new Uint8Array();
    let hasPreface = false;
    for await (const chunk of server.readable) {
      rest = concat([rest, chunk]);
      if (!hasPreface) {
        if (rest.length < PREFACE.length) continue;
        hasPreface = true;
        const text = rest.subarray(0, PREFACE.length);
        this.#preface = new TextDecoder().decode(text);
        rest = rest.slice(PREFACE.length);
      }
      while (true) {
        const next = firstFrame(rest);
        if (next === undefined) break;
        rest = rest.slice(FRAME_HEAD_BYTES + next.payload.length);
        this.frames.push(next);
        await this.#answer(server, next);
      }
    }
  }

  async #answer(server: Deno.TlsConn, { type, flags, stream }: Frame) {
    if (type === FRAME.settings && (flags & ACK) === 0) {
      await writeAll(server, frame({ type: FRAME.settings, flags: ACK }));
    }
    const isRequest = type === FRAME.data || type === FRAME.headers;
    if (!isRequest || (flags & END_STREAM) === 0) return;
    const refusal = this.#refusal(stream);
    if (refusal) return await writeAll(server, refusal);
    await writeAll(
      server,
      frame({
        type: FRAME.headers,
        flags: END_STREAM | END_HEADERS,
        stream,
        payload: new Uint8Array([STATUS_200]),
      }),
    );
  }

  #refusal(stream: number): Bytes | undefined {
    const { refusal } = this;
    this.refusal = undefined;
    switch (refusal) {
      case "REFUSED_STREAM":
        return frame({ type: RST_STREAM, stream, payload: number(REFUSED) });
      case "GOAWAY":
        // The last stream that was taken, and no error.
        return frame({
          type: GOAWAY,
          payload: concat([number(stream - 2), number(0)]),
        });
      case undefined:
        return undefined;
    }
  }
}

function number(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function firstFrame(bytes: Bytes): Frame | undefined {
  if (bytes.length < FRAME_HEAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = FRAME_HEAD_BYTES + (view.getUint32(0) >>> 8);
  if (bytes.length < end) return undefined;
  return {
    type: view.getUint8(3),
    flags: view.getUint8(4),
    stream: view.getUint32(5),
    payload: bytes.slice(FRAME_HEAD_BYTES, end),
  };
}

function frame(
  { type, flags = 0, stream = 0, payload = new Uint8Array() }:
    & Partial<Frame>
    & Pick<Frame, "type">,
): Bytes {
  const bytes = new Uint8Array(FRAME_HEAD_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length << 8 | type);
  view.setUint8(4, flags);
  view.setUint32(5, stream);
  bytes.set(payload, FRAME_HEAD_BYTES);
  return bytes;
}
