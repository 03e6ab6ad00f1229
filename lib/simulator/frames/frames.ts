/**
 * Writes websocket frames (RFC 6455, section 5.2), and reads and writes the
 * payload of a close frame.
 *
 * Checks nothing: the simulator also sends frames that no server may send.
 */

import { concat } from "@std/bytes";

export const OPCODE = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

export interface Frame {
  readonly fin: boolean;
  /** RSV1: the message is compressed (RFC 7692, section 6). */
  readonly compressed: boolean;
  readonly opcode: number;
  readonly payload: Uint8Array;
}

export interface Close {
  readonly code: number;
  readonly reason: string;
}

/** Stands for a close frame without a code; never sent. */
const NO_STATUS = 1005;

/** An uncompressed frame that is a whole message, unless `part` differs. */
export function frameOf(
  opcode: number,
  payload: Uint8Array,
  part: Partial<Frame> = {},
): Frame {
  return { fin: true, compressed: false, opcode, payload, ...part };
}

/** With a `maskingKey` (4 bytes) the frame is masked, as only clients may. */
export function encodeFrame(
  { fin, compressed, opcode, payload }: Frame,
  maskingKey?: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const first = (fin ? 0x80 : 0) | (compressed ? 0x40 : 0) | opcode;
  const [length, ...extended] = lengthBytes(payload.length);
  const masked = maskingKey === undefined ? 0 : 0x80;
  return concat([
    new Uint8Array([first, masked | (length ?? 0), ...extended]),
    maskingKey ?? new Uint8Array(),
    maskingKey === undefined ? payload : mask(payload, maskingKey),
  ]);
}

/** Masks or unmasks (RFC 6455, section 5.3). */
export function mask(payload: Uint8Array, key: Uint8Array): Uint8Array {
  const masked = payload.slice();
  for (let i = 0; i < masked.length; i++) {
    masked[i] = (payload[i] ?? 0) ^ (key[i & 3] ?? 0);
  }
  return masked;
}

/** Writes any code, even one that the protocol does not allow. */
export function closePayload({ code, reason }: Close): Uint8Array {
  const bytes = new TextEncoder().encode(reason);
  return concat([new Uint8Array([code >> 8, code & 0xff]), bytes]);
}

export function readClose(payload: Uint8Array): Close {
  const [high, low] = payload;
  if (high === undefined || low === undefined) {
    return { code: NO_STATUS, reason: "" };
  }
  const reason = new TextDecoder().decode(payload.subarray(2));
  return { code: (high << 8) | low, reason };
}

function lengthBytes(length: number): readonly number[] {
  if (length < 126) return [length];
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigUint64(0, BigInt(length));
  const all = [...new Uint8Array(bytes.buffer)];
  return length < 0x10000 ? [126, ...all.slice(6)] : [127, ...all];
}
