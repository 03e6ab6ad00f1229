/**
 * A websocket upstream framed by hand over TCP, for what no well-behaved
 * library would send (RFC 6455, section 5). Judges nothing.
 */

import { concat } from "@std/bytes";
import { acceptOf } from "../../lib/simulator/frames/accept.ts";
import { close, writeAll } from "./connection.ts";
import { type Bytes, encode, type Frame } from "./frames.ts";

/** One connection. */
export interface Peer {
  /** Request line and header lines, one character per byte. */
  readonly head: string;
  /** Answers 101, with `first` in the same write. */
  accept(
    headers?: readonly string[],
    first?: Bytes,
  ): Promise<void>;
  write(bytes: Bytes): Promise<void>;
  /** The next frame; undefined when the connection has ended. */
  read(): Promise<Frame | undefined>;
  /** Resolves when the connection has ended, reading what still comes. */
  ended(): Promise<void>;
  /** Ends the connection, frames or not. */
  cut(): void;
}

export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** Connections so far. */
  readonly connections: () => number;
}

/** Runs `serve` for every connection; its errors come out on disposal. */
export function rawServer(
  serve: (peer: Peer) => Promise<void>,
  tls?: { readonly cert: string; readonly key: string },
): RawServer {
  const address = { hostname: "127.0.0.1", port: 0 };
  const listener = tls
    ? Deno.listenTls({ ...address, ...tls })
    : Deno.listen(address);
  const open = new Set<Deno.Conn>();
  const served: Promise<void>[] = [];
  const loop = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      served.push(
        peerOf(connection).then((peer) => peer && serve(peer))
          .finally(() => close(connection)),
      );
    }
  })().catch(() => {});
  return {
    port: listener.addr.transport === "tcp" ? listener.addr.port : 0,
    connections: () => open.size,
    async [Symbol.asyncDispose]() {
      listener.close();
      await loop;
      try {
        await Promise.all(served);
      } finally {
        for (const connection of open) close(connection);
      }
    },
  };
}

/** Undefined when the connection ends before its request has. */
async function peerOf(connection: Deno.Conn): Promise<Peer | undefined> {
  const reader = new ByteReader(connection);
  const head = await reader.head();
  if (head === undefined) return undefined;
  const write = (bytes: Bytes) => writeAll(connection, bytes);
  return {
    head,
    write,
    accept: async (headers = [], first = new Uint8Array()) => {
      const lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Connection: Upgrade",
        "Upgrade: websocket",
        `Sec-WebSocket-Accept: ${acceptKey(head)}`,
        ...headers,
      ];
      await write(concat([encode(`${lines.join("\r\n")}\r\n\r\n`), first]));
    },
    read: () => reader.frame(),
    ended: async () => {
      while (await reader.bytes(1));
    },
    cut: () => close(connection),
  };
}

/** `Sec-WebSocket-Accept` for the key in this head. */
function acceptKey(head: string): string {
  return acceptOf(/^sec-websocket-key: *(.*)$/im.exec(head)?.[1]?.trim() ?? "");
}

class ByteReader {
  readonly #connection: Deno.Conn;
  #buffered: Bytes = new Uint8Array();

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  async head(): Promise<string | undefined> {
    while (true) {
      const text = latin1(this.#buffered);
      const end = text.indexOf("\r\n\r\n");
      if (end !== -1) {
        this.#buffered = this.#buffered.slice(end + 4);
        return text.slice(0, end);
      }
      if (!await this.#fill()) return undefined;
    }
  }

  async frame(): Promise<Frame | undefined> {
    const head = await this.bytes(2);
    if (!head) return undefined;
    const [first = 0, second = 0] = head;
    const short = second & 0x7f;
    const extended = short < 126 ? 0 : short === 126 ? 2 : 8;
    const size = await this.bytes(extended);
    const mask = await this.bytes(second & 0x80 ? 4 : 0);
    const length = short < 126
      ? short
      : Array.from(size ?? []).reduce((sum, byte) => sum * 256 + byte, 0);
    const payload = await this.bytes(length);
    if (!payload || !mask) return undefined;
    for (let at = 0; mask.length > 0 && at < payload.length; at++) {
      payload[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
    }
    return {
      isFinal: (first & 0x80) !== 0,
      rsv1: (first & 0x40) !== 0,
      opcode: first & 0x0f,
      payload,
    };
  }

  /** Exactly `count` bytes; undefined when fewer come. */
  async bytes(count: number): Promise<Bytes | undefined> {
    const parts: Bytes[] = [];
    let missing = count;
    while (missing > 0) {
      if (this.#buffered.length === 0 && !await this.#fill()) return undefined;
      const part = this.#buffered.slice(0, missing);
      this.#buffered = this.#buffered.slice(part.length);
      parts.push(part);
      missing -= part.length;
    }
    return concat(parts);
  }

  async #fill(): Promise<boolean> {
    const chunk = new Uint8Array(65_536);
    const size = await this.#connection.read(chunk).catch(() => null);
    if (size === null) return false;
    this.#buffered = concat([this.#buffered, chunk.slice(0, size)]);
    return true;
  }
}

function latin1(bytes: Bytes): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
