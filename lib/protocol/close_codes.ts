/**
 * Close codes and reasons of websockets: what may be said to one peer when
 * the other one has ended (RFC 6455, section 7.4).
 *
 * Pure. Does not judge what a code means for an account.
 */

/** A code and a reason that may stand in a close frame. */
export interface CloseStatus {
  readonly code: number;
  readonly reason: string;
}

/** Codes of RFC 6455, section 7.4.1, and its registry, that we say ourselves. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  noStatus: 1005,
  abnormal: 1006,
  policyViolation: 1008,
  tooLarge: 1009,
  internalError: 1011,
  restart: 1012,
  tryAgainLater: 1013,
} as const;

/** A close frame holds at most 125 bytes, two of them the code (5.5). */
const MAX_REASON_BYTES = 123;

/**
 * What to send to one peer when the other one's socket has closed.
 *
 * 1005, 1006 and 1015 describe a close locally and are never sent, and 0 is
 * the runtime's word for 1006 (7.4.1). A code that nobody may send becomes
 * 1002: it is the other peer that broke the protocol.
 */
export function passedOnClose(code: number, reason: string): CloseStatus {
  return { code: passedOnCode(code), reason: cutReason(reason) };
}

/** Whether `code` may stand in a close frame. */
export function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999);
}

/** `reason` in at most 123 bytes of UTF-8, ending with a whole character. */
export function cutReason(reason: string): string {
  const bytes = new Uint8Array(MAX_REASON_BYTES);
  const { read } = new TextEncoder().encodeInto(reason, bytes);
  return reason.slice(0, read);
}

function passedOnCode(code: number): number {
  if (isSendable(code)) return code;
  if (code === CLOSE.noStatus) return CLOSE.normal;
  const isAbnormal = code === 0 || code === CLOSE.abnormal || code === 1015;
  return isAbnormal ? CLOSE.internalError : CLOSE.protocolError;
}
