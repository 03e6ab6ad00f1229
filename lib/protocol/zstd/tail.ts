/**
 * Blocks that can follow any other blocks of a zstd frame, and mean the same
 * there.
 *
 * What a block means depends on those before it (RFC 8878): its matches reach
 * back into their content (section 3.1.1.4), it may use their tables again
 * (sections 3.1.1.3.1 and 3.1.1.3.2), and it names the last three offsets by
 * number (section 3.1.1.5), which an encoder takes to be 1, 4 and 8 at the
 * beginning of a frame. None of these may occur before the blocks themselves
 * have set what they use.
 */
import { concat } from "@std/bytes";
import { ZSTD_SLICE_BYTES } from "../../limits.ts";
import { nextTurn } from "../next_turn.ts";
import { FLUSH, ZstdCodec } from "./codec.ts";
import { OFFICIAL_HEADER, POISON, POISON_BYTES, PRIMER } from "./primer.ts";
import { decodePlain, encodedRoom, newEncoder } from "./plain.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * The last blocks of a frame with this content, which must not be longer than
 * `MAX_TAIL_BYTES`. Undefined if they cannot be made, or would depend on what
 * is before them.
 */
export async function encodeTail(content: Bytes): Promise<Bytes | undefined> {
  // POISON has no other byte, so that nothing taken from it could be missed.
  if (content.includes(0)) return undefined;
  const blocks = await blocksOf(content);
  return blocks && isIndependent(blocks, content) ? blocks : undefined;
}

async function blocksOf(content: Bytes): Promise<Bytes | undefined> {
  using encoder = ZstdCodec.of(newEncoder());
  if (encoder === undefined) return undefined;
  const room = new Uint8Array(encodedRoom(content.length));
  encoder.step(FLUSH.block, PRIMER, room);
  let filled = 0;
  for (let at = 0; at < content.length; at += ZSTD_SLICE_BYTES) {
    const slice = content.subarray(at, at + ZSTD_SLICE_BYTES);
    const isLast = at + slice.length === content.length;
    const { taken, given } = encoder.step(
      isLast ? FLUSH.frame : FLUSH.none,
      slice,
      room.subarray(filled),
    );
    if (taken < slice.length) return undefined;
    filled += given;
    if (!isLast) await nextTurn();
  }
  return room.slice(0, filled);
}

/**
 * Whether the blocks give their content after nothing, which has no tables to
 * use again, and also after blocks whose last offsets lead to other bytes.
 */
function isIndependent(blocks: Bytes, content: Bytes): boolean {
  try {
    return [new Uint8Array(), POISON].every((before) => {
      const skipped = before.length > 0 ? POISON_BYTES : 0;
      const length = skipped + content.length;
      const frame = concat([OFFICIAL_HEADER, before, blocks]);
      const decoded = decodePlain(frame, length);
      return isSame(decoded.subarray(skipped), content);
    });
  } catch {
    return false;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) {
    if (a[at] !== b[at]) return false;
  }
  return true;
}
