/**
 * Reads websocket frames from a stream of bytes (RFC 6455, section 5.2).
 *
 * Single frames only; `message_reader.ts` joins them to messages.
 */

import { concat } from "@std/bytes";
import { type Close, type Frame, mask } from "./frames.ts";

export interface Frames {
  readonly frames: readonly Frame[];
  /** Why nothing after `frames` can be read; to close the connection with. */
  readonly broken: Close | undefined;
}

/** The shortest head of a frame, in bytes. */
const HEAD = 2;

export class FrameReader {
  readonly #masked: boolean;
  readonly #maxPayload: number;
  #held: Uint8Array[] = [];
  #length = 0;
  /** The next frame is complete with this many bytes at the earliest. */
  #needed = HEAD;

  /** `masked`: whether the other side has to mask its frames. */
  constructor(
    { masked, maxPayload }: {
      readonly masked: boolean;
      readonly maxPayload: number;
    },
  ) {
    this.#masked = masked;
    this.#maxPayload = maxPayload;
  }

  push(chunk: Uint8Array): Frames {
    this.#held.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return { frames: [], broken: undefined };

    let rest: Uint8Array = concat(this.#held);
    const frames: Frame[] = [];
    for (;;) {
      const next = this.#next(rest);
      if (typeof next === "number") {
        this.#held = [rest];
        this.#length = rest.length;
        this.#needed = next;
        return { frames, broken: undefined };
      }
      if ("code" in next) return { frames, broken: next };
      frames.push(next.frame);
      rest = rest.subarray(next.end);
    }
  }

  /** A frame with its end, or the bytes needed for one, or what is wrong. */
  #next(
    bytes: Uint8Array,
  ): { readonly frame: Frame; readonly end: number } | number | Close {
    const [first, second] = bytes;
    if (first === undefined || second === undefined) return HEAD;
    if ((first & 0x30) !== 0) return protocolError("reserved bits");
    if (((second & 0x80) !== 0) !== this.#masked) {
      return protocolError(this.#masked ? "not masked" : "masked");
    }
    const short = second & 0x7f;
    const wide = short === 126 ? 2 : short === 127 ? 8 : 0;
    const start = HEAD + wide + (this.#masked ? 4 : 0);
    if (bytes.length < start) return start;

    const view = new DataView(bytes.buffer, bytes.byteOffset + HEAD);
    const length = wide === 0
      ? short
      : wide === 2
      ? view.getUint16(0)
      : Number(view.getBigUint64(0));
    if (length > this.#maxPayload) {
      return { code: 1009, reason: "message too big" };
    }
    const end = start + length;
    if (bytes.length < end) return end;

    const payload = bytes.slice(start, end);
    const frame = {
      fin: (first & 0x80) !== 0,
      compressed: (first & 0x40) !== 0,
      opcode: first & 0x0f,
      payload: this.#masked
        ? mask(payload, bytes.subarray(start - 4, start))
        : payload,
    };
    return { frame, end };
  }
}

function protocolError(reason: string): Close {
  return { code: 1002, reason };
}
