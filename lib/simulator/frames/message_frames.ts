/**
 * The frames of one text message: compressed or not, in one or more pieces.
 */

import { deflate } from "./deflate.ts";
import { type Frame, frameOf, OPCODE } from "./frames.ts";

const ENCODER = new TextEncoder();

/** Puts a ping between two fragments, which RFC 6455, section 5.4, allows. */
export function messageFrames(
  text: string,
  { compress, pieces }: {
    readonly compress: boolean;
    readonly pieces: number;
  },
): readonly Frame[] {
  const plain = ENCODER.encode(text);
  const payload = compress ? deflate(plain) : plain;
  const size = Math.max(1, Math.ceil(payload.length / pieces));
  const frames: Frame[] = [];
  for (let start = 0; start === 0 || start < payload.length; start += size) {
    const first = start === 0;
    const fin = start + size >= payload.length;
    frames.push(
      frameOf(
        first ? OPCODE.text : OPCODE.continuation,
        payload.subarray(start, start + size),
        { fin, compressed: compress && first },
      ),
    );
    if (!fin) frames.push(frameOf(OPCODE.ping, ENCODER.encode("between")));
  }
  return frames;
}
