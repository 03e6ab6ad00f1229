/**
 * A websocket client for the simulator's tests: every byte of it is ours.
 */

import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import {
  encodeFrame,
  type Frame,
  frameOf,
  OPCODE,
} from "../../lib/simulator/frames/frames.ts";
import { FrameReader } from "../../lib/simulator/frames/frame_reader.ts";
import { messageFrames } from "../../lib/simulator/frames/message_frames.ts";
import {
  type Message,
  MessageReader,
} from "../../lib/simulator/frames/message_reader.ts";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import { writeAll } from "../support/connection.ts";
import { authorization, type Json, turnBody } from "./support.ts";

/** The sample of RFC 6455, section 1.3. */
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const MASK = new Uint8Array([7, 77, 177, 17]);
const MAX_BYTES = 64 * 1024 * 1024;

export interface HandshakeOptions {
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back up to the blank line, and the connection behind it. */
export class SocketClient implements Disposable {
  readonly head: string;
  readonly #connection: Deno.TcpConn;
  readonly #frames = new FrameReader({ masked: false, maxPayload: MAX_BYTES });
  readonly #messages: MessageReader;
  readonly #arrived: Message[] = [];
  #closed = false;
  /** Bytes behind the head. */
  received = 0;

  private constructor(connection: Deno.TcpConn, head: string) {
    this.head = head;
    this.#connection = connection;
    const deflate = this.header("sec-websocket-extensions") !== undefined;
    this.#messages = new MessageReader({ deflate, maxBytes: MAX_BYTES });
    this.deflate = deflate;
  }

  readonly deflate: boolean;

  static async open(
    simulator: Simulator,
    account: SimulatedAccount,
    { headers = {} }: HandshakeOptions = {},
  ): Promise<SocketClient> {
    const { port } = new URL(simulator.origin);
    const connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: Number(port),
    });
    const lines = {
      "Host": "127.0.0.1",
      "Connection": "Upgrade",
      "Upgrade": "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": KEY,
      ...authorization(account),
      ...headers,
    };
    const text = Object.entries(lines).map(([name, value]) =>
      `${name}: ${value}\r\n`
    );
    await writeAll(
      connection,
      new TextEncoder().encode(
        `GET /backend-api/codex/responses HTTP/1.1\r\n${text.join("")}\r\n`,
      ),
    );
    const [head, rest] = await readHead(connection).catch((error) => {
      connection.close();
      throw error;
    });
    const client = new SocketClient(connection, head);
    if (client.status === 101) client.#take(rest);
    return client;
  }

  get status(): number {
    return Number(this.head.split(" ", 2)[1]);
  }

  get headerNames(): readonly string[] {
    return this.head.split("\r\n").slice(1).map((line) =>
      line.slice(0, line.indexOf(":"))
    );
  }

  header(name: string): string | undefined {
    const line = this.head.split("\r\n").find((line) =>
      line.toLowerCase().startsWith(`${name}: `)
    );
    return line?.slice(name.length + 2);
  }

  sendBytes(bytes: Uint8Array): Promise<void> {
    return writeAll(this.#connection, bytes);
  }

  async sendFrame(frame: Frame): Promise<void> {
    await this.sendBytes(masked(frame));
  }

  async sendText(text: string): Promise<void> {
    const compress = this.deflate;
    for (const frame of messageFrames(text, { compress, pieces: 1 })) {
      await this.sendFrame(frame);
    }
  }

  /** A `response.create` as the official client sends it. */
  create(prompt: string, more: Json = {}): Promise<void> {
    return this.sendText(
      JSON.stringify({ type: "response.create", ...turnBody(prompt, more) }),
    );
  }

  sendClose(payload: Uint8Array = new Uint8Array()): Promise<void> {
    return this.sendFrame(frameOf(OPCODE.close, payload));
  }

  sendPing(text: string): Promise<void> {
    return this.sendFrame(frameOf(OPCODE.ping, new TextEncoder().encode(text)));
  }

  /** The next message; undefined at the end. Rejects on a reset. */
  async next(): Promise<Message | undefined> {
    while (this.#arrived.length === 0) {
      const bytes = await this.#read();
      if (bytes === undefined) return undefined;
      this.#take(bytes);
    }
    return this.#arrived.shift();
  }

  /** The next event; pings and the like are passed over. */
  async event(): Promise<Json> {
    for (;;) {
      const message = await this.next();
      if (message?.kind === "text") return JSON.parse(message.text);
      if (message?.kind === "ping" || message?.kind === "pong") continue;
      throw new Error(`no event but ${JSON.stringify(message)}`);
    }
  }

  /** Events up to the one that ends a turn. */
  async events(): Promise<readonly Json[]> {
    const all: Json[] = [];
    for (;;) {
      const event = await this.event();
      all.push(event);
      if (ENDS.has(String(event.type))) return all;
    }
  }

  /** Sends a request and waits for the end of its answer. */
  async turn(prompt: string, more: Json = {}): Promise<readonly Json[]> {
    await this.create(prompt, more);
    return await this.events();
  }

  /** Everything that still comes, as bytes. */
  async rest(): Promise<Uint8Array> {
    let all = new Uint8Array();
    for (;;) {
      const bytes = await this.#read();
      if (bytes === undefined) return all;
      this.received += bytes.length;
      all = new Uint8Array([...all, ...bytes]);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #take(bytes: Uint8Array): void {
    this.received += bytes.length;
    const { frames, broken } = this.#frames.push(bytes);
    for (const frame of frames) {
      const message = this.#messages.push(frame);
      if (message !== undefined) this.#arrived.push(message);
    }
    if (broken !== undefined) {
      this.#arrived.push({ kind: "broken", close: broken });
    }
  }

  async #read(): Promise<Uint8Array | undefined> {
    const buffer = new Uint8Array(64 * 1024);
    const count = await this.#connection.read(buffer);
    return count === null ? undefined : buffer.subarray(0, count);
  }
}

const ENDS: ReadonlySet<string> = new Set([
  "response.completed",
  "response.failed",
  "response.incomplete",
  "error",
]);

export function masked(frame: Frame): Uint8Array {
  return encodeFrame(frame, MASK);
}

export function textFrame(text: string): Frame {
  return frameOf(OPCODE.text, new TextEncoder().encode(text));
}

/** The id of the response that these events are of. */
export function idOf(events: readonly Json[]): string {
  const { response } = events.at(-1) ?? {};
  if (typeof response !== "object" || response === null) return "";
  return "id" in response ? String(response.id) : "";
}

export function typesOf(events: readonly Json[]): readonly unknown[] {
  return events.map(({ type }) => type);
}

/** A simulator with one account, and a client that is connected to it. */
export async function connected(options: SimulatorOptions = {}): Promise<
  {
    readonly simulator: Simulator;
    readonly account: SimulatedAccount;
    readonly client: SocketClient;
    [Symbol.asyncDispose](): Promise<void>;
  }
> {
  const simulator = await startSimulator({ websockets: true, ...options });
  const account = simulator.addAccount({ name: "alpha" });
  const client = await SocketClient.open(simulator, account);
  return {
    simulator,
    account,
    client,
    [Symbol.asyncDispose]: () => {
      client.close();
      return simulator.close();
    },
  };
}

async function readHead(
  from: Deno.TcpConn,
): Promise<readonly [head: string, rest: Uint8Array]> {
  let bytes = new Uint8Array();
  for (;;) {
    const text = new TextDecoder("latin1").decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end !== -1) return [text.slice(0, end), bytes.subarray(end + 4)];
    const buffer = new Uint8Array(64 * 1024);
    const count = await from.read(buffer);
    if (count === null) return [text, new Uint8Array()];
    bytes = new Uint8Array([...bytes, ...buffer.subarray(0, count)]);
  }
}
