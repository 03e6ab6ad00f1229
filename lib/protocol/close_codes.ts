/**
 * Close codes and reasons of websockets: what one peer may be sent when the
 * other one has closed (RFC 6455, section 7.4).
 *
 * Pure. Does not decide what a code means for an account.
 */

/** A code and a reason that a close frame can hold. */
export interface CloseStatus {
  readonly code: number;
  readonly reason: string;
}

/** Codes of RFC 6455, section 7.4.1, and of its registry. */
export const CLOSE = {
  normal: 1000,
  protocolError: 1002,
  unsupportedData: 1003,
  noStatus: 1005,
  abnormal: 1006,
  policyViolation: 1008,
  tooLarge: 1009,
  internalError: 1011,
  restart: 1012,
} as const;

/** A close frame has at most 125 bytes, two of them the code (section 5.5). */
const MAX_REASON_BYTES = 123;

/**
 * What to send to one peer when the other one's socket has closed.
 *
 * 1005, 1006 and 1015 describe a close locally and are never sent (section
 * 7.4.1); the runtime writes 0 for 1006. Any other code that must not be sent
 * becomes 1002, because the other peer broke the protocol.
 */
export function passedOnClose(code: number, reason: string): CloseStatus {
  return { code: passedOnCode(code), reason: cutReason(reason) };
}

/** Whether a close frame may hold `code`. */
export function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999);
}

/** `reason`, cut to at most 123 bytes of UTF-8 at a character boundary. */
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
