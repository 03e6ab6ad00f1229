/**
 * permessage-deflate without context takeover (RFC 7692): each message is
 * compressed on its own.
 */

import { Buffer } from "node:buffer";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";

/** The last bytes, which a sender leaves out (RFC 7692, section 7.2.1). */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** The answer to an offer; the official client accepts it. */
export const DEFLATE_ANSWER =
  "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

export function offersDeflate(extensions: string | undefined): boolean {
  return (extensions ?? "").split(",")
    .some((offer) => offer.split(";", 1)[0]?.trim() === "permessage-deflate");
}

export function deflate(bytes: Uint8Array): Uint8Array {
  const whole = deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  return whole.subarray(0, whole.length - TAIL.length);
}

/** Undefined when the bytes are damaged or inflate to more than `limit`. */
export function inflate(
  bytes: Uint8Array,
  limit: number,
): Uint8Array | undefined {
  try {
    return inflateRawSync(Buffer.concat([bytes, TAIL]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: limit,
    });
  } catch {
    return undefined;
  }
}
