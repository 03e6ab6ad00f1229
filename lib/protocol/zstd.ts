/**
 * Whole zstd bodies (RFC 8878): decodes strictly, and encodes like the official
 * client: level 3, one frame, no checksum, no content size in the header.
 * Streams are `decoding.ts`.
 */

import { ownMessage } from "../error_text.ts";
import { err, ok, type Result } from "../result.ts";
import { readZstdFrame, type ZstdFrame } from "./zstd_frame.ts";
import { keptZstd } from "./zstd_kept.ts";
import { decodePlain, encodePlain } from "./zstd_plain.ts";

export interface ZstdError {
  readonly kind: "malformed" | "too_large";
  readonly message: string;
}

/** More of them hold more than the kept decoder has room for, in most frames. */
const KEPT_BLOCKS = 3;

/** Decodes exactly one frame, of at most `limit` bytes of content. */
export function decodeZstd(
  bytes: Uint8Array,
  limit: number,
): Result<Uint8Array<ArrayBuffer>, ZstdError> {
  const frame = readZstdFrame(bytes);
  if (!frame.ok) return malformed(frame.error);
  const { contentSize } = frame.value;
  if (contentSize !== undefined && contentSize > limit) return tooLarge(limit);

  const decoded = decodeFrame(bytes, frame.value, limit);
  if (!decoded.ok) return decoded;
  const { length } = decoded.value;
  if (length > limit) return tooLarge(limit);
  if (contentSize !== undefined && contentSize !== length) {
    return malformed("zstd content is not of the size its frame says");
  }
  return decoded;
}

function decodeFrame(
  bytes: Uint8Array,
  { blocks }: ZstdFrame,
  limit: number,
): Result<Uint8Array<ArrayBuffer>, ZstdError> {
  const decoded = blocks <= KEPT_BLOCKS ? keptZstd.decode(bytes) : undefined;
  if (decoded) return ok(decoded);
  try {
    // It must not be 0, so `decodeZstd` checks the length again.
    return ok(decodePlain(bytes, Math.max(1, limit)));
  } catch (error) {
    // ERR_BUFFER_TOO_LARGE; damaged data is an `Error` without a code.
    if (error instanceof RangeError) return tooLarge(limit);
    return malformed(ownMessage(error));
  }
}

function malformed(message: string) {
  return err<ZstdError>({ kind: "malformed", message });
}

function tooLarge(limit: number) {
  const message = `zstd content exceeds ${limit} bytes`;
  return err<ZstdError>({ kind: "too_large", message });
}

/** Encodes into one frame, as the official client's streaming encoder does. */
export async function encodeZstd(
  bytes: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  return keptZstd.encode(bytes) ?? await encodePlain(bytes);
}
