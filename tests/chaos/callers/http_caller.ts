/**
 * A caller over plain TCP that sends in pieces, reads slowly, and leaves when
 * it likes to.
 */
import { concat } from "@std/bytes";
import { encodeZstd } from "../../../lib/protocol/zstd/zstd.ts";
import { pause } from "../clock.ts";
import type { Plan } from "../plan.ts";
import { bodyOf, type Lines } from "../requests.ts";
import { ByteReader } from "../upstream/byte_reader.ts";
import { denoWire, type Wire } from "../upstream/wire.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How an answer ended for its caller. */
export type End =
  | "whole"
  /** The connection ended before the answer did. */
  | "cut"
  /** The caller left. */
  | "left"
  /** Nothing more came for much longer than any limit. */
  | "late";

export interface Got {
  /** 0 where no head came. */
  readonly status: number;
  readonly headers: Headers;
  readonly body: Bytes;
  readonly end: End;
}

export interface CallOptions {
  readonly port: number;
  readonly path: string;
  readonly lines: Lines;
  readonly prompt: string;
  readonly plan: Plan;
  readonly stream: boolean;
  /** Real milliseconds after which the answer is late. */
  readonly deadlineMs: number;
}

export async function call(options: CallOptions): Promise<Got> {
  const { port, deadlineMs, plan } = options;
  const wire = denoWire(await Deno.connect({ hostname: "127.0.0.1", port }));
  const got = new Answer(plan);
  const deadline = setTimeout(() => got.leave("late", wire), deadlineMs);
  try {
    // A gateway may answer before it has read everything.
    void sendRequest(wire, options);
    await got.read(wire);
  } finally {
    clearTimeout(deadline);
    wire.close();
  }
  return got.value();
}

async function sendRequest(wire: Wire, options: CallOptions): Promise<void> {
  const { path, lines, plan } = options;
  const text = JSON.stringify({
    ...bodyOf(options.prompt),
    stream: options.stream,
  });
  const plain = new TextEncoder().encode(text);
  // The runtime's own encoder may add a second frame.
  const body = plan.isEncoded ? await encodeZstd(plain) : plain;
  const coding: Lines = plan.isEncoded ? [["content-encoding", "zstd"]] : [];
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: 127.0.0.1:${options.port}`,
    `content-length: ${body.length}`,
    ...[...lines, ...coding].map(([name, value]) => `${name}: ${value}`),
    "\r\n",
  ].join("\r\n");
  const bytes = concat([new TextEncoder().encode(head), body]);
  const size = Math.ceil(bytes.length / plan.pieces);
  for (let at = 0; at < bytes.length; at += size) {
    if (at > 0) await pause(5, wire.closed);
    await wire.write(bytes.subarray(at, at + size));
  }
}

class Answer {
  readonly #plan: Plan;
  readonly #parts: Bytes[] = [];
  #length = 0;
  #status = 0;
  #headers = new Headers();
  #end: End = "cut";

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  leave(end: End, wire: Wire): void {
    this.#end = end;
    wire.close();
  }

  async read(wire: Wire): Promise<void> {
    const reader = new ByteReader(this.#slow(wire));
    const head = await reader.head();
    if (head === undefined) return;
    const [first = "", ...lines] = head.split("\r\n");
    this.#status = Number(first.split(" ")[1]);
    this.#headers = new Headers(lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }));
    const isWhole = this.#headers.has("transfer-encoding")
      ? await this.#chunks(reader, wire)
      : await this.#counted(reader);
    if (isWhole) this.#end = "whole";
  }

  value(): Got {
    return {
      status: this.#status,
      headers: this.#headers,
      body: concat(this.#parts),
      end: this.#end,
    };
  }

  #slow(wire: Wire): Wire {
    const { readPauseMs } = this.#plan;
    if (readPauseMs === 0) return wire;
    return {
      ...wire,
      read: async () => {
        await pause(readPauseMs, wire.closed);
        return await wire.read();
      },
    };
  }

  /** What came of a chunk that was cut is no part of an answer yet. */
  async #chunks(reader: ByteReader, wire: Wire): Promise<boolean> {
    while (true) {
      const line = await reader.line();
      if (line === undefined) return false;
      const size = parseInt(line, 16);
      const part = await reader.bytes(size + 2);
      if (!part) return false;
      if (size === 0) return true;
      this.#parts.push(part.subarray(0, size));
      this.#length += size;
      if (this.#length >= this.#plan.leaveAfter) {
        this.leave("left", wire);
        return false;
      }
    }
  }

  async #counted(reader: ByteReader): Promise<boolean> {
    const length = Number(this.#headers.get("content-length") ?? 0);
    const body = await reader.bytes(length);
    if (body) this.#parts.push(body);
    return body !== undefined;
  }
}
