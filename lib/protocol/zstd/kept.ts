/**
 * One encoder and one decoder that are kept from body to body.
 *
 * For bodies that take one go: nothing is awaited between the first byte and
 * the last, so that no two bodies meet in one codec. Returns undefined for any
 * other body, a damaged one, and where the runtime has no codec that can be
 * kept; `plain.ts` then does it.
 */
import { ZSTD_ONE_GO_BYTES } from "../../limits.ts";
import { FLUSH, ZstdCodec } from "./codec.ts";
import { copyOf } from "../slab.ts";
import { readZstdFrame } from "./frame.ts";
import { encodedRoom, newDecoder, newEncoder } from "./plain.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Makes streams of `node:zlib`. */
export interface ZstdStreams {
  readonly encoder: () => object;
  readonly decoder: () => object;
}

const STREAMS: ZstdStreams = {
  encoder: () => newEncoder(),
  decoder: newDecoder,
};

export class KeptZstd {
  readonly #encoder: Kept;
  readonly #decoder: Kept;

  constructor({ encoder, decoder }: ZstdStreams = STREAMS) {
    this.#encoder = new Kept(encoder, encodedRoom(ZSTD_ONE_GO_BYTES));
    this.#decoder = new Kept(decoder, ZSTD_ONE_GO_BYTES + 1);
  }

  /** One frame. */
  encode(bytes: Uint8Array): Bytes | undefined {
    if (bytes.length > ZSTD_ONE_GO_BYTES) return undefined;
    const encoded = this.#encoder.run(bytes);
    return encoded && readZstdFrame(encoded).ok ? encoded : undefined;
  }

  /** The content of exactly one whole frame. */
  decode(frame: Uint8Array): Bytes | undefined {
    if (frame.length > ZSTD_ONE_GO_BYTES) return undefined;
    return this.#decoder.run(frame);
  }

  /** Gives back the memory of those that were not used since the last call. */
  dropUnused(): void {
    this.#encoder.dropUnused();
    this.#decoder.dropUnused();
  }
}

/** A codec with the room that it writes to. */
interface KeptCodec {
  readonly codec: ZstdCodec;
  readonly room: Bytes;
}

class Kept {
  readonly #open: () => object;
  readonly #roomBytes: number;
  #kept: KeptCodec | undefined;
  #isMissing = false;
  #isUsed = false;

  constructor(open: () => object, roomBytes: number) {
    this.#open = open;
    this.#roomBytes = roomBytes;
  }

  /** What becomes of `input`; undefined if that fills the room, or fails. */
  run(input: Uint8Array): Bytes | undefined {
    const kept = this.#kept ??= this.#make();
    if (kept === undefined) return undefined;
    this.#isUsed = true;
    try {
      kept.codec.reset();
      const { taken, given } = kept.codec.step(FLUSH.frame, input, kept.room);
      if (taken === input.length && given < kept.room.length) {
        return copyOf(kept.room.subarray(0, given));
      }
    } catch {
      // Damaged data: the plain way says what is wrong with it.
    }
    this.#drop();
    return undefined;
  }

  dropUnused(): void {
    if (!this.#isUsed) this.#drop();
    this.#isUsed = false;
  }

  #make(): KeptCodec | undefined {
    if (this.#isMissing) return undefined;
    const codec = ZstdCodec.of(this.#open());
    this.#isMissing = codec === undefined;
    return codec && { codec, room: new Uint8Array(this.#roomBytes) };
  }

  #drop(): void {
    this.#kept?.codec[Symbol.dispose]();
    this.#kept = undefined;
  }
}

/** Those of the process. */
export const keptZstd = new KeptZstd();
