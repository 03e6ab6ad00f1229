/**
 * One request and its answer over a raw connection.
 *
 * Expects status 200; anything else is an error.
 */
import { concat } from "@std/bytes";

export interface Exchange {
  /** Milliseconds from the first byte out to the first byte in. */
  readonly firstByteMs: number;
  /** The answer as it came, with head and chunk sizes; empty if not kept. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One character for each byte. */
const decoder = new TextDecoder("latin1");

export async function connect(port: number): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  return conn;
}

/** Uses a new connection for each request, as the official client does. */
export async function exchangeOnce(
  port: number,
  message: Uint8Array,
): Promise<Exchange> {
  using conn = await connect(port);
  return await exchange(conn, message, true);
}

/** Reads to the end of the answer; throws on a status other than 200. */
export async function exchange(
  conn: Deno.Conn,
  message: Uint8Array,
  keep: boolean,
): Promise<Exchange> {
  const sentAt = performance.now();
  for (let at = 0; at < message.length;) {
    at += await conn.write(message.subarray(at));
  }
  const kept: Uint8Array[] = [];
  let firstByteMs = 0;
  let tail = "";
  let left = Infinity;
  while (left > 0 && !tail.endsWith("0\r\n\r\n")) {
    // Concurrent exchanges must not read into one buffer.
    const buffer = new Uint8Array(firstByteMs === 0 ? 4096 : 16384);
    const count = await conn.read(buffer);
    if (count === null) throw new Error(`Answer cut short after "${tail}"`);
    if (firstByteMs === 0) {
      firstByteMs = performance.now() - sentAt;
      const start = decoder.decode(buffer.subarray(0, count));
      demandOk(start);
      left = lengthOf(start);
    }
    left -= count;
    if (keep) kept.push(buffer.subarray(0, count));
    tail = lastBytes(tail, buffer.subarray(0, count));
  }
  return { firstByteMs, bytes: concat(kept) };
}

/** The body inside an answer in chunked coding (RFC 9112, section 7.1). */
export function bodyOf(
  answer: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const text = decoder.decode(answer);
  const parts: Uint8Array[] = [];
  let at = text.indexOf("\r\n\r\n") + 4;
  while (at < text.length) {
    const lineEnd = text.indexOf("\r\n", at);
    const size = parseInt(text.slice(at, lineEnd), 16);
    if (!(size > 0)) break;
    parts.push(answer.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return concat(parts);
}

function demandOk(start: string): void {
  if (start.startsWith("HTTP/1.1 200")) return;
  throw new Error(`Expected status 200, got: ${start.slice(0, 600)}`);
}

/** Bytes of an answer, head included; Infinity if it comes in chunks. */
function lengthOf(start: string): number {
  const length = /^content-length: *(\d+)/im.exec(start)?.[1];
  if (length === undefined) return Infinity;
  return start.indexOf("\r\n\r\n") + 4 + Number(length);
}

function lastBytes(before: string, bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(-5));
  return (before + text).slice(-5);
}
