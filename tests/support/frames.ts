/**
 * Websocket frames by hand (RFC 6455, section 5), good ones and bad ones.
 */

import {
  closePayload,
  encodeFrame,
  frameOf,
  OPCODE,
} from "../../lib/simulator/frames/frames.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

export interface Frame {
  readonly isFinal: boolean;
  /** Compressed by permessage-deflate (RFC 7692). */
  readonly rsv1: boolean;
  readonly opcode: number;
  /** Unmasked. */
  readonly payload: Bytes;
}

export { OPCODE };

/** One frame of a server, which masks nothing. */
export function frame(
  opcode: number,
  payload: Bytes | string = "",
  { isFinal = true, rsv = 0 }: { isFinal?: boolean; rsv?: number } = {},
): Bytes {
  const bytes = typeof payload === "string" ? encode(payload) : payload;
  const framed = encodeFrame(frameOf(opcode, bytes, { fin: isFinal }));
  framed[0] = (framed[0] ?? 0) | rsv << 4;
  return framed;
}

export function closeFrame(code: number, reason = ""): Bytes {
  return encodeFrame(frameOf(OPCODE.close, closePayload({ code, reason })));
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
