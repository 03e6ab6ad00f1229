/**
 * Changes the end of a zstd frame without encoding it all again: the blocks
 * before the first changed byte stay as they are.
 *
 * Only for large frames in the official client's form, which keep that form:
 * its header, and blocks with as much content as its encoder gives them.
 */
import { concat } from "@std/bytes";
import { ZSTD_EDIT_BYTES } from "../../limits.ts";
import type { MaybePromise } from "../../result.ts";
import type { Border } from "./blocks.ts";
import { MAX_TAIL_BYTES, OFFICIAL_HEADER } from "./primer.ts";
import { encodeTail } from "./tail.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface KnownFrame {
  readonly bytes: Bytes;
  readonly borders: readonly Border[];
}

/**
 * A frame with the content of `parts`, the first of which is how the content of
 * `frame` begins. Undefined if that has to be encoded anew.
 */
export function editZstd(
  frame: KnownFrame,
  [same = new Uint8Array(), ...changed]: readonly Uint8Array[],
): MaybePromise<Bytes | undefined> {
  if (same.length < ZSTD_EDIT_BYTES || !isOfficial(frame.bytes)) {
    return undefined;
  }
  const border = frame.borders.findLast(({ content }) =>
    content <= same.length
  );
  if (border === undefined) return undefined;
  const parts = [same.subarray(border.content), ...changed];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return length > MAX_TAIL_BYTES
    ? undefined
    : behind(frame.bytes.subarray(0, border.frame), concat(parts));
}

async function behind(
  same: Bytes,
  changed: Bytes,
): Promise<Bytes | undefined> {
  const tail = await encodeTail(changed);
  return tail && concat([same, tail]);
}

function isOfficial(frame: Bytes): boolean {
  return OFFICIAL_HEADER.every((byte, at) => frame[at] === byte);
}
