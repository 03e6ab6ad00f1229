/** Encoded answers: what flows out of a coding, however it came in. */
import { Buffer } from "node:buffer";
import { concat } from "@std/bytes";
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  unzipSync,
  zstdCompressSync,
} from "node:zlib";
import type { Coding } from "../../../lib/protocol/content_coding.ts";
import { decodedStream } from "../../../lib/protocol/decoding.ts";
import { randomBytes, randomChunks, seeded } from "../../support/random.ts";
import { type Bytes, bytesOf, holds, type Target } from "../target.ts";

/** Further than this nobody reads, however much there is. */
const ENOUGH = 100_000;

const ENCODERS = [
  gzipSync,
  deflateSync,
  deflateRawSync,
  brotliCompressSync,
  zstdCompressSync,
];

function samples(): readonly Bytes[] {
  const random = seeded(23);
  const event = bytesOf('event: a\ndata: {"delta":"some words"}\n\n');
  return ENCODERS.flatMap((encode) =>
    [0, 1, 40].map((events) => {
      const text = concat(new Array<Bytes>(events).fill(event));
      const noise = randomBytes(random, random.int(200));
      return Uint8Array.from(encode(concat([text, noise])));
    })
  );
}

interface Outcome {
  readonly ok: boolean;
  readonly bytes: Bytes;
}

async function decode(
  pieces: readonly Bytes[],
  coding: Coding,
): Promise<Outcome> {
  const left = [...pieces];
  const body = new ReadableStream<Bytes>({
    pull(controller) {
      const piece = left.shift();
      if (piece) controller.enqueue(piece.slice());
      else controller.close();
    },
  });
  const parts: Bytes[] = [];
  let size = 0;
  try {
    for await (const part of decodedStream(body, coding)) {
      parts.push(part);
      size += part.length;
      // Leaving in the middle must harm nothing.
      if (size > ENOUGH) break;
    }
    return { ok: true, bytes: concat(parts) };
  } catch {
    return { ok: false, bytes: concat(parts) };
  }
}

const REFERENCES = {
  gzip: gunzipSync,
  deflate: unzipSync,
  br: brotliDecompressSync,
  zstd: undefined,
};

export const CODINGS: Target = {
  name: "content codings",
  samples: samples(),
  words: [
    Uint8Array.of(0x1f, 0x8b, 8, 0),
    Uint8Array.of(0x78, 0x9c),
    Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd),
    Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4),
    Uint8Array.of(0, 0, 0xff, 0xff),
    Uint8Array.of(1, 0, 0),
  ],
  check: async (input, random) => {
    const coding = random.pick<Coding>(["gzip", "deflate", "br", "zstd"]);
    const whole = await decode([input], coding);
    const pieces = randomChunks(random, input, 40).filter((one) => one.length)
      .map((one) => Uint8Array.from(one));
    const cut = await decode(pieces, coding);
    const same = Buffer.from(whole.bytes).equals(Buffer.from(cut.bytes));
    // What follows a whole gzip member may be refused or not: by then all of the
    // answer is known.
    const mayFollow = coding === "gzip" || coding === "deflate";
    if (mayFollow && whole.ok !== cut.ok && same) return;
    holds(whole.ok === cut.ok, `${coding}: pieces make a difference`);
    if (!whole.ok) return;
    const all = whole.bytes.length <= ENOUGH && cut.bytes.length <= ENOUGH;
    holds(same || !all, `${coding}: pieces decode otherwise`);
    checkAgainstReference(input, whole, coding);
  },
};

function checkAgainstReference(
  input: Bytes,
  { bytes }: Outcome,
  coding: Coding,
): void {
  const reference = REFERENCES[coding];
  // Raw deflate has another one.
  const raw = coding === "deflate" && ((input[0] ?? 0) & 0xf) !== 8;
  if (!reference || raw || input.length === 0) return;
  if (bytes.length > ENOUGH) return;
  holds(reference(input).equals(bytes), `${coding}: decodes otherwise`);
}
