/**
 * The numbers in the headers of a zstd frame (RFC 8878, section 3.1.1).
 *
 * Pure. Follows no frame: `frame.ts` does for a whole one, `frames.ts`
 * for a stream.
 */

export const MAGIC = 0xfd2fb528;

const CHECKSUM_BYTES = 4;
const SINGLE_SEGMENT = 0x20;
const CHECKSUM = 0x04;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const RAW = 0;
const RLE = 1;

/** The content of a block is no longer (section 3.1.1.2.4). */
export const MAX_BLOCK_BYTES = 128 * 1024;

/** What a frame's descriptor says (section 3.1.1.1.1). */
export interface Descriptor {
  /** The lengths of the fields that follow it, in this order. */
  readonly windowBytes: number;
  readonly idBytes: number;
  readonly sizeBytes: number;
  /** The length of what follows the last block. */
  readonly checksumBytes: number;
}

export function readDescriptor(byte: number): Descriptor {
  const isSingle = (byte & SINGLE_SEGMENT) !== 0;
  return {
    windowBytes: isSingle ? 0 : 1,
    idBytes: DICTIONARY_ID_BYTES[byte & 3] ?? 0,
    // A single segment always has a size; one byte is its shortest.
    sizeBytes: CONTENT_SIZE_BYTES[byte >> 6] || (isSingle ? 1 : 0),
    checksumBytes: (byte & CHECKSUM) === 0 ? 0 : CHECKSUM_BYTES,
  };
}

/** What the three bytes before a block say (section 3.1.1.2). */
export interface Block {
  readonly type: number;
  readonly isLast: boolean;
  /** The length of the block itself. */
  readonly bytes: number;
  /** The length of its content; undefined for a compressed one. */
  readonly content: number | undefined;
}

export function readBlock(header: number): Block {
  const type = (header >> 1) & 3;
  const size = header >> 3;
  return {
    type,
    isLast: (header & 1) !== 0,
    bytes: type === RLE ? 1 : size,
    content: type === RLE || type === RAW ? size : undefined,
  };
}
