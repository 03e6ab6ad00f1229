/**
 * Whole zstd bodies (RFC 8878): decodes strictly, and encodes like the official
 * client: level 3, one frame, no checksum, no content size in the header.
 * Streams are `../decoding.ts`.
 */

import { ownMessage } from "../../error_text.ts";
import { err, type MaybePromise, ok, type Result } from "../../result.ts";
import {
  decodeByBlocks,
  type DecodeLimits,
  type ZstdContent,
} from "./blocks.ts";
import { readZstdFrame, type ZstdFrame } from "./frame.ts";
import { keptZstd } from "./kept.ts";
import { decodePlain, encodePlain } from "./plain.ts";

export interface ZstdError {
  readonly kind: "malformed" | "too_large";
  readonly message: string;
}

/** Decodes exactly one frame, of at most `limit` bytes of content. */
export function decodeZstd(
  bytes: Uint8Array,
  limit: number,
): Result<Uint8Array<ArrayBuffer>, ZstdError> {
  const frame = readFrame(bytes, limit);
  if (!frame.ok) return frame;
  const decoded = decodeFrame(bytes, frame.value, limit);
  return decoded.ok ? checked(decoded.value, frame.value, limit) : decoded;
}

/** The same, with turns of the event loop between the parts of a large one. */
export async function decodeZstdInTurns(
  bytes: Uint8Array<ArrayBuffer>,
  limits: DecodeLimits,
): Promise<Result<ZstdContent, ZstdError>> {
  const { limit } = limits;
  const frame = readFrame(bytes, limit);
  if (!frame.ok) return frame;
  const content = frame.value.blocks <= KEPT_BLOCKS
    ? undefined
    : await inTurns(bytes, frame.value, limits);
  if (content === "too_large") return tooLarge(limit);
  const decoded = content
    ? ok(content.bytes)
    : decodeFrame(bytes, frame.value, limit);
  if (!decoded.ok) return decoded;
  const whole = checked(decoded.value, frame.value, limit);
  return whole.ok
    ? ok({ bytes: whole.value, borders: content?.borders ?? [] })
    : whole;
}

/** More blocks hold more than the kept decoder has room for, in most frames. */
const KEPT_BLOCKS = 3;

function readFrame(
  bytes: Uint8Array,
  limit: number,
): Result<ZstdFrame, ZstdError> {
  const frame = readZstdFrame(bytes);
  if (!frame.ok) return malformed(frame.error);
  const { contentSize = 0 } = frame.value;
  return contentSize > limit ? tooLarge(limit) : frame;
}

async function inTurns(
  bytes: Uint8Array<ArrayBuffer>,
  frame: ZstdFrame,
  limits: DecodeLimits,
): ReturnType<typeof decodeByBlocks> {
  try {
    return await decodeByBlocks(bytes, frame, limits);
  } catch {
    // Damaged data: decoding it at once says what is wrong with it.
    return undefined;
  }
}

function decodeFrame(
  bytes: Uint8Array,
  { blocks }: ZstdFrame,
  limit: number,
): Result<Uint8Array<ArrayBuffer>, ZstdError> {
  const decoded = blocks <= KEPT_BLOCKS ? keptZstd.decode(bytes) : undefined;
  if (decoded) return ok(decoded);
  try {
    // It must not be 0, so `checked` looks at the length again.
    return ok(decodePlain(bytes, Math.max(1, limit)));
  } catch (error) {
    // ERR_BUFFER_TOO_LARGE; damaged data is an `Error` without a code.
    if (error instanceof RangeError) return tooLarge(limit);
    return malformed(ownMessage(error));
  }
}

function checked(
  content: Uint8Array<ArrayBuffer>,
  { contentSize }: ZstdFrame,
  limit: number,
): Result<Uint8Array<ArrayBuffer>, ZstdError> {
  const { length } = content;
  if (length > limit) return tooLarge(limit);
  return contentSize === undefined || contentSize === length
    ? ok(content)
    : malformed("zstd content is not of the size its frame says");
}

function malformed(message: string) {
  return err<ZstdError>({ kind: "malformed", message });
}

function tooLarge(limit: number) {
  const message = `zstd content exceeds ${limit} bytes`;
  return err<ZstdError>({ kind: "too_large", message });
}

/** Encodes into one frame, as the official client's streaming encoder does. */
export function encodeZstd(
  bytes: Uint8Array,
): MaybePromise<Uint8Array<ArrayBuffer>> {
  return keptZstd.encode(bytes) ?? encodePlain(bytes);
}
