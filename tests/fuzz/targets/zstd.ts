/** zstd bodies: one whole frame or an error, and never more than allowed. */
import { Buffer } from "node:buffer";
import { concat } from "@std/bytes";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import {
  decodeZstd,
  decodeZstdInTurns,
  encodeZstd,
} from "../../../lib/protocol/zstd/zstd.ts";
import { editZstd } from "../../../lib/protocol/zstd/edit.ts";
import { readZstdFrame } from "../../../lib/protocol/zstd/frame.ts";
import { type Random, randomBytes, seeded } from "../../support/random.ts";
import { type Bytes, bytesOf, holds, same, type Target } from "../target.ts";

const LIMIT = 200_000;

/** A large body that ends in text of many kinds, for the editor of blocks. */
const LARGE = largeBody();
const LARGE_FRAME = await encodeZstd(LARGE);
const LARGE_CONTENT = await decodeZstdInTurns(LARGE_FRAME, {
  limit: LARGE.length,
  take: () => true,
});

function largeBody(): Bytes {
  const random = seeded(13);
  const line = bytesOf("say hello to the gateway, ".repeat(4_000));
  const parts = Array.from({ length: 12 }, () => [
    line.slice(random.int(50)),
    randomBytes(random, 3_000, bytesOf('abc {"type":"text"}')),
  ]);
  return concat(parts.flat());
}

/** Blocks that are raw, of one byte over and over, and compressed. */
function contents(random: Random): Bytes {
  const parts = Array.from({ length: 1 + random.int(4) }, () => {
    const length = random.int(random.pick([3, 300, 4_000]));
    return random.pick([
      () => randomBytes(random, length),
      () => new Uint8Array(length).fill(random.int(256)),
      () => bytesOf("say hello to the gateway. ".repeat(1 + length / 26)),
    ])();
  });
  return concat(parts);
}

function frames(): readonly Bytes[] {
  const random = seeded(12);
  return Array.from(
    { length: 40 },
    () =>
      Uint8Array.from(zstdCompressSync(Buffer.from(contents(random)), {
        params: {
          [constants.ZSTD_c_checksumFlag]: random.int(2),
          [constants.ZSTD_c_contentSizeFlag]: random.int(2),
        },
      })),
  );
}

export const ZSTD: Target = {
  name: "zstd",
  samples: frames(),
  words: [
    Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd),
    Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0),
    Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4),
    Uint8Array.of(0xff, 0xff, 0xff),
    Uint8Array.of(1, 0, 0),
    Uint8Array.of(3, 0, 0, 7),
  ],
  check: async (input, random) => {
    const decoded = decodeZstd(input, LIMIT);
    const limits = { limit: LIMIT, take: () => true };
    const inTurns = await decodeZstdInTurns(input, limits);
    same(
      inTurns.ok ? "" : inTurns.error,
      decoded.ok ? "" : decoded.error,
      "in turns",
    );
    if (inTurns.ok && decoded.ok) {
      const { bytes } = inTurns.value;
      holds(Buffer.from(bytes).equals(decoded.value), "in turns otherwise");
    }
    const frame = readZstdFrame(input);
    if (!decoded.ok) return holds(decoded.error.message !== "", "no reason");
    holds(frame.ok, "decodes what is no frame");
    holds(decoded.value.length <= LIMIT, "decodes more than allowed");
    const reference = zstdDecompressSync(input);
    holds(reference.equals(Buffer.from(decoded.value)), "decodes otherwise");
    const cut = input.subarray(0, random.int(input.length));
    holds(!decodeZstd(cut, LIMIT).ok, "decodes a frame cut short");
    const more = concat([input, randomBytes(random, 1 + random.int(9))]);
    holds(!decodeZstd(more, LIMIT).ok, "decodes more than a frame");
    const { length } = decoded.value;
    if (length > 0) {
      holds(!decodeZstd(input, length - 1).ok, "does not count");
    }
    holds(decodeZstd(input, length).ok, "refuses what is allowed");
  },
};

/** Its inputs are what a large body is changed to, near its end. */
export const ZSTD_EDIT: Target = {
  name: "zstd edit",
  samples: [
    bytesOf('{"x-codex-installation-id":"d0a3556a-468d-4ea8"}'),
    bytesOf("aaaaaaaaaaaaaaaa          if (x)          "),
    bytesOf("abcdefghabcdefgh"),
    contents(seeded(14)),
  ],
  words: ["aaaaaaaa", "abcdabcd", "abcdefghabcdefgh", Uint8Array.of(0)],
  check: async (input, random) => {
    holds(LARGE_CONTENT.ok, "has no large body");
    if (!LARGE_CONTENT.ok) return;
    const { borders } = LARGE_CONTENT.value;
    const at = 1_000_000 + random.int(LARGE.length - 1_000_000);
    const rest = LARGE.subarray(at + random.int(LARGE.length - at));
    const parts = [LARGE.subarray(0, at), input, rest];
    const edited = await editZstd({ bytes: LARGE_FRAME, borders }, parts);
    if (!edited) return holds(input.includes(0), "leaves what it could edit");
    const expected = concat(parts);
    const decoded = decodeZstd(edited, expected.length);
    holds(decoded.ok, "cannot be decoded");
    if (!decoded.ok) return;
    holds(Buffer.from(decoded.value).equals(expected), "decodes otherwise");
  },
};

/** Its inputs say how long a body is, and of what. */
export const ZSTD_ENCODE: Target = {
  name: "zstd encode",
  samples: [bytesOf("sizes of bodies"), randomBytes(seeded(3), 64)],
  words: [],
  check: async (input, random) => {
    const noise = randomBytes(random, 4_096);
    const size = random.pick([
      random.int(3_000),
      250_000 + random.int(20_000),
      // What leaves the encoder crosses multiples of its room here.
      520_000 + random.int(10_000),
      random.int(2_500_000),
    ]);
    const body = new Uint8Array(size);
    for (let at = 0; at < size; at += noise.length) {
      noise[random.int(noise.length)] = input[at % (input.length || 1)] ?? 0;
      // Shifted, so that it cannot be found again.
      const shift = random.int(2) === 0 ? 0 : random.int(256);
      const part = shift === 0 ? noise : noise.map((byte) => byte ^ shift);
      body.set(part.subarray(0, size - at), at);
    }
    const encoded = await encodeZstd(body);
    const frame = readZstdFrame(encoded);
    same(frame.ok ? "" : frame.error, "", `${size} bytes`);
    const decoded = decodeZstd(encoded, size);
    holds(decoded.ok, "cannot be decoded");
    if (!decoded.ok) return;
    holds(Buffer.from(decoded.value).equals(body), "decodes otherwise");
  },
};
