/**
 * Websocket frames by hand (RFC 6455, section 5), good ones and bad ones.
 */

import { concat } from "@std/bytes";

export type Bytes = Uint8Array<ArrayBuffer>;

export interface Frame {
  readonly isFinal: boolean;
  /** Compressed by permessage-deflate (RFC 7692). */
  readonly rsv1: boolean;
  readonly opcode: number;
  /** Unmasked. */
  readonly payload: Bytes;
}

export const OPCODE = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** One frame of a server, which masks nothing. */
export function frame(
  opcode: number,
  payload: Bytes | string = "",
  { isFinal = true, rsv = 0 }: { isFinal?: boolean; rsv?: number } = {},
): Bytes {
  const bytes = typeof payload === "string" ? encode(payload) : payload;
  const first = (isFinal ? 0x80 : 0) | rsv << 4 | opcode;
  const { length } = bytes;
  if (length < 126) return concat([Uint8Array.of(first, length), bytes]);
  const head = new DataView(new ArrayBuffer(length < 65_536 ? 4 : 10));
  head.setUint8(0, first);
  head.setUint8(1, length < 65_536 ? 126 : 127);
  if (length < 65_536) head.setUint16(2, length);
  else head.setBigUint64(2, BigInt(length));
  return concat([new Uint8Array(head.buffer), bytes]);
}

export function closeFrame(code: number, reason = ""): Bytes {
  return frame(
    OPCODE.close,
    concat([Uint8Array.of(code >> 8, code & 255), encode(reason)]),
  );
}

/** The code of a close frame; undefined where it has none. */
export function closeCode(frame: Frame | undefined): number | undefined {
  const [high, low] = frame?.payload ?? [];
  if (frame?.opcode !== OPCODE.close || high === undefined) return undefined;
  return high << 8 | (low ?? 0);
}

export function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}
