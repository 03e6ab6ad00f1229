/**
 * A websocket caller of the gateway over plain TCP, so that a test decides when
 * it reads, what it answers and how it leaves (RFC 6455).
 */
import {
  encodeFrame,
  frameOf,
  OPCODE,
  readClose,
} from "../../lib/simulator/frames/frames.ts";
import { FrameReader } from "../../lib/simulator/frames/frame_reader.ts";
import { writeAll } from "./connection.ts";
import { CODEX_BODY, CODEX_HEADERS } from "./gateway.ts";

const MASK = new Uint8Array([7, 77, 177, 17]);
const MAX_BYTES = 80 * 1024 * 1024;

export type Event = Readonly<Record<string, unknown>> & {
  readonly type: string;
};

export interface Closed {
  /** 1006: the connection ended without a close frame. */
  readonly code: number;
  readonly reason: string;
}

export interface CallerOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

export class Caller implements Disposable {
  /** Head of the answer, and its body as far as it came along. */
  readonly head: string;
  /** Every text message that was read. */
  readonly texts: string[] = [];
  /** Undefined until `next` has come to the end. */
  closed: Closed | undefined;
  pings = 0;
  readonly #connection: Deno.TcpConn;
  readonly #reader = new FrameReader({ masked: false, maxPayload: MAX_BYTES });
  readonly #arrived: string[] = [];
  #isCut = false;

  private constructor(connection: Deno.TcpConn, head: string) {
    this.#connection = connection;
    this.head = head;
  }

  static async open(
    { gateway }: { readonly gateway: { readonly publicOrigin: string } },
    { headers = {}, path = "/v1/responses" }: CallerOptions = {},
  ): Promise<Caller> {
    const { host, port } = new URL(gateway.publicOrigin);
    const connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: Number(port),
    });
    const { accept: _, "content-type": __, ...codex } = CODEX_HEADERS;
    const lines = Object.entries({
      "host": host,
      "connection": "Upgrade",
      "upgrade": "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...codex,
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    const text = `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
    try {
      await writeAll(connection, new TextEncoder().encode(text));
      const [head, rest] = await readHead(connection);
      const caller = new Caller(connection, head);
      if (caller.status === 101) await caller.#take(rest);
      return caller;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get status(): number {
    return Number(this.head.split(" ", 2)[1]);
  }

  get headers(): Headers {
    return new Headers(
      this.head.split("\r\n\r\n", 1).join("").split("\r\n").slice(1).map(
        (line): [string, string] => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon), line.slice(colon + 1).trim()];
        },
      ),
    );
  }

  send(message: unknown): Promise<void> {
    const text = typeof message === "string"
      ? message
      : JSON.stringify(message);
    return this.sendFrame(OPCODE.text, new TextEncoder().encode(text));
  }

  sendFrame(opcode: number, payload: Uint8Array): Promise<void> {
    return writeAll(
      this.#connection,
      encodeFrame(frameOf(opcode, payload), MASK),
    );
  }

  sendBytes(bytes: Uint8Array): Promise<void> {
    return writeAll(this.#connection, bytes);
  }

  /** The next event; undefined when the connection has ended. */
  async next(): Promise<Event | undefined> {
    const text = await this.nextText();
    return text === undefined ? undefined : eventOf(text);
  }

  async nextText(): Promise<string | undefined> {
    while (this.#arrived.length === 0 && !this.closed) await this.#fill();
    const text = this.#arrived.shift();
    if (text !== undefined) this.texts.push(text);
    return text;
  }

  /** One turn: its events to the terminal one, or to the end. */
  async turn(body: Readonly<Record<string, unknown>> = {}): Promise<Event[]> {
    await this.send(createFrame(body));
    return await this.answer();
  }

  async answer(): Promise<Event[]> {
    const events: Event[] = [];
    while (true) {
      const event = await this.next();
      if (!event) return events;
      events.push(event);
      if (TERMINAL.has(event.type)) return events;
    }
  }

  /** Reads to the end. */
  async end(): Promise<Closed | undefined> {
    while (await this.nextText() !== undefined);
    return this.closed;
  }

  /** A close frame; what follows is for `end`. */
  async close(code: number, reason = ""): Promise<void> {
    const text = new TextEncoder().encode(reason);
    await this.sendFrame(
      OPCODE.close,
      Uint8Array.of(code >> 8, code & 255, ...text),
    );
  }

  /** Leaves without a word. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.cut();
  }

  async #fill(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    const size = await this.#connection.read(buffer).catch(() => null);
    if (size === null) {
      this.closed ??= { code: 1006, reason: "" };
      return;
    }
    await this.#take(buffer.subarray(0, size));
  }

  async #take(chunk: Uint8Array): Promise<void> {
    const { frames, broken } = this.#reader.push(chunk);
    if (broken) throw new Error(`a broken frame came: ${broken.reason}`);
    for (const { opcode, payload, fin } of frames) {
      if (!fin) throw new Error("the gateway sends whole messages");
      if (opcode === OPCODE.ping) {
        this.pings++;
        await this.sendFrame(OPCODE.pong, payload).catch(() => {});
      } else if (opcode === OPCODE.close) {
        this.closed = readClose(payload);
        await this.sendFrame(OPCODE.close, payload).catch(() => {});
        return;
      } else if (opcode === OPCODE.text) {
        this.#arrived.push(new TextDecoder().decode(payload));
      }
    }
  }
}

export function createFrame(
  body: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return { type: "response.create", ...CODEX_BODY, ...body };
}

export function say(text: string): unknown {
  return [{
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: `say: ${text}` }],
  }];
}

/** All but the limits: those of one account there are the pool's here. */
export function withoutLimits(
  frames: readonly string[] = [],
): readonly string[] {
  return frames.filter((text) => !text.includes('"codex.rate_limits"'));
}

/** What the model said, and how the turn ended. */
export function said(events: readonly Event[]): string {
  return events.filter(({ type }) => type === "response.output_text.delta")
    .map((event) => event["delta"]).join("");
}

export function idOf(events: readonly Event[]): string {
  const response = events.at(-1)?.["response"];
  return typeof response === "object" && response && "id" in response
    ? String(response.id)
    : "";
}

const TERMINAL: ReadonlySet<string> = new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
  "error",
]);

export function eventOf(text: string): Event {
  try {
    const event = JSON.parse(text);
    if (typeof event?.type === "string") return event;
  } catch {
    // Not JSON: shown as it is.
  }
  return { type: "?", text };
}

async function readHead(
  connection: Deno.TcpConn,
): Promise<[string, Uint8Array]> {
  let bytes = new Uint8Array();
  const buffer = new Uint8Array(16_384);
  while (true) {
    const size = await connection.read(buffer);
    if (size === null) throw new Error("the gateway closed without an answer");
    const more = new Uint8Array(bytes.length + size);
    more.set(bytes);
    more.set(buffer.subarray(0, size), bytes.length);
    bytes = more;
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join(
      "",
    );
    const end = text.indexOf("\r\n\r\n");
    if (end === -1) continue;
    if (text.startsWith("HTTP/1.1 101")) {
      return [text.slice(0, end), bytes.subarray(end + 4)];
    }
    const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? 0);
    if (bytes.length >= end + 4 + length) return [text, new Uint8Array()];
  }
}
