import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";
import { constants, createZstdCompress, zstdCompressSync } from "node:zlib";
import { decodeZstd, encodeZstd } from "../../lib/protocol/zstd/zstd.ts";
import { readZstdFrame } from "../../lib/protocol/zstd/frame.ts";
import { concat } from "@std/bytes";
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { randomBytes, seeded } from "../support/random.ts";

const encoder = new TextEncoder();
const MIB = 1024 * 1024;
const TEXT = encoder.encode(
  '{"model":"gpt-5","input":"hello, hello"}'.repeat(9),
);

/** Random enough not to vanish, regular enough to compress. */
function sample(length: number): Uint8Array<ArrayBuffer> {
  const alphabet = encoder.encode('abcdefgh {"type":"text"}\\n');
  const block = randomBytes(seeded(length), 50_000, alphabet);
  return Uint8Array.from({ length }, (_, i) => block[i % block.length] ?? 0);
}

function outcome(bytes: Uint8Array, limit = MIB): string {
  const decoded = decodeZstd(bytes, limit);
  return decoded.ok
    ? `${decoded.value.length} bytes`
    : `${decoded.error.kind}: ${decoded.error.message}`;
}

/** One block as it stands in a frame (RFC 8878, section 3.1.1.2). */
function block(type: number, size: number, content: readonly number[]) {
  const header = (size << 3) | (type << 1) | 1;
  return [header & 255, (header >> 8) & 255, header >> 16, ...content];
}

function frame(header: readonly number[], rest: readonly number[]) {
  return new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, ...header, ...rest]);
}

const RAW_ABC = block(0, 3, [97, 98, 99]);

const FRAMES: ReadonlyArray<[what: string, Uint8Array, outcome: string]> = [
  ["a window descriptor", frame([0x00, 0x58], RAW_ABC), "3 bytes"],
  ["a single segment", frame([0x20, 3], RAW_ABC), "3 bytes"],
  ["a size in four bytes", frame([0xa0, 3, 0, 0, 0], RAW_ABC), "3 bytes"],
  [
    "a size in eight bytes",
    frame([0xe0, 3, 0, 0, 0, 0, 0, 0, 0], RAW_ABC),
    "3 bytes",
  ],
  ["a repeated byte", frame([0x00, 0x58], block(1, 1000, [97])), "1000 bytes"],
  ["no content", frame([0x20, 0], block(0, 0, [])), "0 bytes"],
  [
    "dictionary id 0",
    frame([0x21, 0, 3], RAW_ABC),
    "3 bytes",
  ],
  [
    "a dictionary",
    frame([0x21, 7, 3], RAW_ABC),
    "malformed: zstd frame needs a dictionary",
  ],
  [
    "the reserved bit",
    frame([0x28, 3], RAW_ABC),
    "malformed: Reserved bit set in zstd frame",
  ],
  [
    "a reserved block",
    frame([0x20, 3], block(3, 3, [97, 98, 99])),
    "malformed: Reserved block in zstd frame",
  ],
  [
    "more than it says",
    frame([0xa0, 0, 0, 0, 0x40], RAW_ABC),
    "too_large: zstd content exceeds 1048576 bytes",
  ],
  [
    "a size beyond 53 bits",
    frame([0xe0, 3, 0, 0, 0, 0, 0, 0, 0xff], RAW_ABC),
    "too_large: zstd content exceeds 1048576 bytes",
  ],
  [
    "a skippable frame's magic",
    new Uint8Array([
      0x50,
      0x2a,
      0x4d,
      0x18,
      0,
      0,
      0,
      0,
    ]),
    "malformed: Not a zstd frame",
  ],
  ["plain JSON", TEXT, "malformed: Not a zstd frame"],
  [
    "nothing",
    new Uint8Array(0),
    "malformed: zstd data is cut off in its header",
  ],
];

for (const [what, bytes, expected] of FRAMES) {
  Deno.test(`decodeZstd of a frame with ${what}: ${expected}`, () => {
    assertEquals(outcome(bytes), expected);
  });
}

Deno.test("decodeZstd refuses a frame of another size than it says", () => {
  for (const size of [2, 4]) {
    const text = outcome(frame([0x20, size], RAW_ABC));
    assertEquals(text.startsWith("malformed: "), true, text);
  }
});

const CHECKED = zstdCompressSync(TEXT, {
  params: { [constants.ZSTD_c_checksumFlag]: 1 },
});

Deno.test("decodeZstd checks the checksum where there is one", () => {
  assertEquals(outcome(CHECKED), `${TEXT.length} bytes`);
  const wrong = CHECKED.map((byte, i) => i < CHECKED.length - 1 ? byte : ~byte);
  assertEquals(outcome(wrong).startsWith("malformed: "), true);
});

for (
  const [what, whole] of [["without", await encodeZstd(TEXT)], [
    "with",
    CHECKED,
  ]] as const
) {
  Deno.test(`decodeZstd refuses every truncation of a frame ${what} checksum`, () => {
    for (let length = 0; length < whole.length; length++) {
      const text = outcome(whole.subarray(0, length));
      assertEquals(text.includes("cut off"), true, `${length}: ${text}`);
    }
  });
}

Deno.test("decodeZstd refuses every truncation of many blocks", async () => {
  const whole = await encodeZstd(sample(600_000));
  const random = seeded(1);
  for (let round = 0; round < 300; round++) {
    const text = outcome(whole.subarray(0, random.int(whole.length)));
    assertEquals(text.includes("cut off"), true, text);
  }
});

Deno.test("decodeZstd refuses whatever follows the frame", async () => {
  const one = await encodeZstd(TEXT);
  const expected = "malformed: zstd data goes on after its first frame";
  assertEquals(outcome(concat([one, one])), expected);
  assertEquals(outcome(concat([one, new Uint8Array(1)])), expected);
  const skippable = new Uint8Array([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  assertEquals(outcome(concat([one, skippable])), expected);
});

Deno.test("decodeZstd takes up to its limit and not a byte more", async () => {
  const bytes = await encodeZstd(TEXT);
  const tooLarge = (limit: number) =>
    `too_large: zstd content exceeds ${limit} bytes`;
  assertEquals(outcome(bytes, TEXT.length), `${TEXT.length} bytes`);
  assertEquals(outcome(bytes, TEXT.length - 1), tooLarge(TEXT.length - 1));
  assertEquals(outcome(frame([0x00, 0x58], RAW_ABC), 0), tooLarge(0));
  assertEquals(outcome(frame([0x20, 0], block(0, 0, [])), 0), "0 bytes");
});

Deno.test("decodeZstd stops a bomb at its limit", () => {
  const bomb = zstdCompressSync(new Uint8Array(32 * MIB));
  assertLess(bomb.length, 5000);
  assertEquals(outcome(bomb), "too_large: zstd content exceeds 1048576 bytes");
});

Deno.test("decodeZstd never throws on damaged frames or random bytes", () => {
  const random = seeded(2);
  for (let round = 0; round < 3000; round++) {
    const bytes = Uint8Array.from(CHECKED);
    bytes[random.int(bytes.length)] = random.int(256);
    bytes[random.int(8)] = random.int(256);
    outcome(bytes);
    const any = randomBytes(random, random.int(40));
    outcome(frame([...any.subarray(0, 8)], [...any.subarray(8)]));
    outcome(any);
  }
});

for (const length of [0, 1, 70_000, 256 * 1024, 256 * 1024 + 1, 3 * MIB]) {
  Deno.test(`encodeZstd makes one plain frame of ${length} bytes`, async () => {
    const bytes = sample(length);
    const encoded = await encodeZstd(bytes);
    assertPlainFrame(encoded, `${length} bytes`);
    const decoded = decodeZstd(encoded, length);
    assert(decoded.ok);
    assertEquals(decoded.value.length, length);
    assert(decoded.value.every((byte, i) => byte === bytes[i]));
  });
}

/** Lengths whose compressed forms end around every border of 512 KiB. */
function* aroundBorders(): Generator<number> {
  for (const border of [1, 2, 3].map((k) => k * 512 * 1024)) {
    // The encoder holds back a block of 128 KiB; what is in it comes last.
    for (let off = -5 * SLICE; off <= 5 * SLICE; off += 9973) {
      yield border + off;
    }
    for (let off = -40; off <= 10; off++) yield border + off;
  }
}

const SLICE = 64 * 1024;

Deno.test("encodeZstd makes one frame wherever its last bytes fall", async () => {
  const noise = randomBytes(seeded(3), 2 * MIB);
  for (const length of aroundBorders()) {
    await assertOneFrame(noise.subarray(0, length), `${length} bytes`);
  }
});

Deno.test("encodeZstd makes one frame where the last flush crosses 512 KiB", async () => {
  const encoded = await assertOneFrame(xorshiftText(700_084), "the text");
  assertEquals(encoded.length, 525_196);
});

Deno.test("encodeZstd makes one frame of whatever length and density", async () => {
  const random = seeded(4);
  const noise = randomBytes(random, 4 * MIB);
  for (let round = 0; round < 40; round++) {
    const letters = 2 + random.int(255);
    const bytes = noise.slice(0, random.int(noise.length));
    for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) % letters;
    await assertOneFrame(bytes, `round ${round}`);
  }
});

/** No content size: the official client streams, and so cannot know it. */
function assertPlainFrame(encoded: Uint8Array, what: string): void {
  const frame = readZstdFrame(encoded);
  assert(frame.ok, what);
  assertEquals(frame.value.contentSize, undefined, what);
}

/** By our walk over its blocks, and by what comes out again. */
async function assertOneFrame(
  bytes: Uint8Array,
  what: string,
): Promise<Uint8Array> {
  const encoded = await encodeZstd(bytes);
  assertPlainFrame(encoded, what);
  const decoded = decodeZstd(encoded, bytes.length);
  assert(decoded.ok, what);
  assertEquals(Buffer.compare(decoded.value, bytes), 0, what);
  return encoded;
}

/** Text of 64 letters, which compresses to three quarters. */
function xorshiftText(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return 0x21 + ((state >>> 0) & 63);
  });
}

Deno.test("encodeZstd gives the bytes of one streaming encoder at level 3", async () => {
  for (const length of [1000, MIB]) {
    const bytes = sample(length);
    const stream = createZstdCompress({
      params: { [constants.ZSTD_c_compressionLevel]: 3 },
    });
    const parts: Uint8Array[] = [];
    stream.on("data", (part: Uint8Array) => parts.push(part));
    stream.end(bytes);
    await new Promise((resolve) => stream.on("end", resolve));
    const encoded = await encodeZstd(bytes);
    assertEquals(concat(parts).length, encoded.length);
    assert(concat(parts).every((byte, i) => byte === encoded[i]));
  }
});

Deno.test("encodeZstd gives others a turn after each part of a large input", async () => {
  let turns = 0;
  let ended = false;
  const count = () => {
    turns++;
    if (!ended) setImmediate(count);
  };
  setImmediate(count);
  await encodeZstd(sample(3 * MIB));
  ended = true;
  await new Promise((resolve) => setImmediate(resolve));
  assertGreater(turns, 8);
});
