/**
 * Decodes a large zstd frame block by block, with turns of the event loop in
 * between, and notes where the blocks end: `edit.ts` needs that.
 */
import { TURN_BYTES } from "../../limits.ts";
import { nextTurn } from "../next_turn.ts";
import { FLUSH, ZstdCodec } from "./codec.ts";
import { MAX_BLOCK_BYTES, readBlock } from "./format.ts";
import type { ZstdFrame } from "./frame.ts";
import { newDecoder } from "./plain.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The end of a block: an offset into the frame, and one into its content. */
export interface Border {
  readonly frame: number;
  readonly content: number;
}

/** What a frame holds. */
export interface ZstdContent {
  readonly bytes: Bytes;
  /** Of some blocks but the last, in order; empty if that was not found out. */
  readonly borders: readonly Border[];
}

/** Borders so close together are of no use; this bounds how many there are. */
const BORDER_BYTES = 32 * 1024;

/** What a step costs, however little it decodes, in bytes of content. */
const STEP_BYTES = 512;

export interface DecodeLimits {
  /** Bytes of content. */
  readonly limit: number;
  /** Told of content as it comes out; false if there is no room for it. */
  readonly take: (bytes: number) => boolean;
}

/**
 * The content of a whole frame. Undefined if the runtime has no codec for this;
 * throws if the frame is damaged.
 */
export async function decodeByBlocks(
  bytes: Bytes,
  frame: ZstdFrame,
  { limit, take }: DecodeLimits,
): Promise<ZstdContent | "too_large" | undefined> {
  using decoder = ZstdCodec.of(newDecoder());
  if (decoder === undefined) return undefined;
  // Room that is not needed costs address space only.
  const most = Math.min(limit, frame.blocks * MAX_BLOCK_BYTES);
  const room = new Uint8Array(most + 1);
  const borders: Border[] = [];
  let filled = 0;
  let work = 0;
  let from = 0;
  for (const to of pieceEnds(bytes, frame)) {
    const piece = bytes.subarray(from, to);
    const { taken, given } = decoder.step(
      FLUSH.none,
      piece,
      room.subarray(filled),
    );
    filled += given;
    if (filled > limit || !take(given)) return "too_large";
    if (taken < piece.length) return undefined;
    from = to;
    const last = borders.at(-1)?.content ?? 0;
    if (to < frame.blocksEnd && filled - last >= BORDER_BYTES) {
      borders.push({ frame: to, content: filled });
    }
    work += given + STEP_BYTES;
    if (work < TURN_BYTES.decode) continue;
    work = 0;
    await nextTurn();
  }
  return { bytes: fitted(room, filled), borders };
}

/**
 * The ends of pieces of the frame, each of some whole blocks and of little
 * content; the last piece has the checksum.
 */
function* pieceEnds(
  bytes: Uint8Array,
  { blocksAt, blocksEnd }: ZstdFrame,
): Generator<number> {
  let content = 0;
  for (let at = blocksAt; at < blocksEnd;) {
    const block = readBlock(
      (bytes[at] ?? 0) | (bytes[at + 1] ?? 0) << 8 | (bytes[at + 2] ?? 0) << 16,
    );
    at += 3 + block.bytes;
    content += block.content ?? MAX_BLOCK_BYTES;
    if (content < MAX_BLOCK_BYTES || at === blocksEnd) continue;
    content = 0;
    yield at;
  }
  yield bytes.length;
}

/** The first bytes of `room`, which is kept only if most of it is filled. */
function fitted(room: Bytes, length: number): Bytes {
  return 2 * length < room.length
    ? room.slice(0, length)
    : room.subarray(0, length);
}
