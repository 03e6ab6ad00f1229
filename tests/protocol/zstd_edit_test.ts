/** A zstd frame with another end: its first blocks stay, and it means the same. */
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { concat } from "@std/bytes";
import { constants, zstdCompressSync } from "node:zlib";
import {
  decodeZstd,
  decodeZstdInTurns,
  encodeZstd,
} from "../../lib/protocol/zstd/zstd.ts";
import { editZstd, type KnownFrame } from "../../lib/protocol/zstd/edit.ts";
import { encodedRoom } from "../../lib/protocol/zstd/plain.ts";
import { MAX_TAIL_BYTES } from "../../lib/protocol/zstd/primer.ts";
import { encodeTail } from "../../lib/protocol/zstd/tail.ts";
import { type Random, randomBytes, seeded } from "../support/random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const BLOCK = 128 * 1024;
const LIMIT = 64 * 1024 * 1024;
const text = (value: string) => new TextEncoder().encode(value);

/** A conversation about code, with runs of every letter in it. */
function content(random: Random, length: number): Bytes {
  const words = ["const", "value =", "await", "\\n        ", "-----", '"if(']
    .map((word) => text(word));
  const parts: Uint8Array[] = [];
  for (let size = 0; size < length;) {
    const part = random.oneIn(50)
      ? randomBytes(random, random.int(3000)).map((byte) => byte || 1)
      : concat([random.pick(words), text(` ${random.int(5000)} `)]);
    parts.push(part);
    size += part.length;
  }
  return concat(parts).slice(0, length);
}

async function known(bytes: Bytes): Promise<KnownFrame> {
  const frame = await encodeZstd(bytes);
  const decoded = await decodeZstdInTurns(frame, {
    limit: LIMIT,
    take: () => true,
  });
  assert(decoded.ok);
  return { bytes: frame, borders: decoded.value.borders };
}

/** Fails unless it is one whole frame of the client's form with this content. */
function assertHolds(frame: Bytes, expected: Bytes, what: string): void {
  assertEquals([...frame.subarray(0, 6)], [0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]);
  const decoded = decodeZstd(frame, LIMIT);
  assert(decoded.ok, what);
  assert(isSame(decoded.value, expected), what);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Beginnings that an encoder likes to say by an offset it has not used yet. */
const TEMPTING: readonly Bytes[] = [
  text("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
  text("          if (x) {\n          return;\n          ".repeat(20)),
  text("abcdabcdabcdabcdabcdabcdabcd"),
  text("abcdefghabcdefghabcdefghabcdefgh"),
  text('"}'),
  text(""),
  concat([
    randomBytes(seeded(50), BLOCK).map((byte) => byte || 1),
    text("abcdabcdabcdabcdaaaaaaaaaaaa".repeat(30)),
  ]),
];

Deno.test("editZstd keeps the blocks before an edit, and one whole frame", async () => {
  const random = seeded(51);
  const bytes = content(random, 1_700_000);
  const frame = await known(bytes);
  for (let round = 0; round < 60; round++) {
    const at = 1_000_000 + random.int(700_001);
    const added = random.oneIn(2)
      ? random.pick(TEMPTING)
      : content(random, random.int(random.pick([100, 300_000])));
    const rest = bytes.subarray(at + random.int(bytes.length - at + 1));
    const parts = [bytes.subarray(0, at), added, rest];
    const edited = await editZstd(frame, parts);
    assert(edited, `round ${round}`);
    assertHolds(edited, concat(parts), `round ${round}`);
    const border = frame.borders.findLast((one) => one.content <= at);
    assert(border && at - border.content < BLOCK);
    assert(isSame(
      edited.subarray(0, border.frame),
      frame.bytes.subarray(0, border.frame),
    ));
  }
});

Deno.test("editZstd makes little more of it than a new frame would be", async () => {
  const bytes = content(seeded(52), 2_000_000);
  const parts = [bytes.subarray(0, 1_900_000), text('"id"')];
  const edited = await editZstd(await known(bytes), parts);
  assert(edited);
  assertLess(edited.length, 1.01 * (await encodeZstd(concat(parts))).length);
});

Deno.test("encodeTail depends on nothing that is before the tail", async () => {
  const random = seeded(53);
  const tails = [
    ...TEMPTING.filter((tail) => tail.length > 0),
    ...Array.from({ length: 40 }, () => content(random, 1 + random.int(4000))),
    content(random, MAX_TAIL_BYTES),
  ];
  const befores = await Promise.all(
    [500_000, 600_000].map((length) => known(content(random, length))),
  );
  for (const [i, tail] of tails.entries()) {
    const blocks = await encodeTail(tail);
    assert(blocks, `tail ${i}`);
    for (const { bytes, borders } of befores) {
      const before = decodeZstd(bytes, LIMIT);
      assert(before.ok);
      assertGreater(borders.length, 2);
      for (const border of borders) {
        assertHolds(
          concat([bytes.subarray(0, border.frame), blocks]),
          concat([before.value.subarray(0, border.content), tail]),
          `tail ${i} after ${border.content} bytes`,
        );
      }
    }
  }
});

Deno.test("the blocks of a new frame depend on what is before them", async () => {
  // Otherwise the other tests here would hold without any care.
  const bytes = content(seeded(54), 600_000);
  const { bytes: frame, borders: [border] } = await known(bytes);
  assert(border);
  let misread = 0;
  for (const tail of TEMPTING) {
    const blocks = (await encodeZstd(tail)).subarray(6);
    const decoded = decodeZstd(
      concat([frame.subarray(0, border.frame), blocks]),
      LIMIT,
    );
    const expected = concat([bytes.subarray(0, border.content), tail]);
    if (!decoded.ok || !isSame(decoded.value, expected)) misread++;
  }
  assertGreater(misread, 2);
});

Deno.test("encodeTail leaves content with a byte of zero", async () => {
  assertEquals(await encodeTail(new Uint8Array([1, 2, 0, 3])), undefined);
});

function other(bytes: Bytes, params: Record<number, number>): Bytes {
  return new Uint8Array(
    zstdCompressSync(bytes, { chunkSize: encodedRoom(bytes.length), params }),
  );
}

Deno.test("editZstd leaves what is small, far from the end or in another form", async () => {
  const bytes = content(seeded(55), 2_300_000);
  const frame = await known(bytes);
  const at = (end: number) => [bytes.subarray(0, end), text("x")];
  assert(await editZstd(frame, at(2_200_000)));
  const left: ReadonlyArray<[what: string, KnownFrame, Uint8Array[]]> = [
    ["an early edit", frame, at(900_000)],
    ["no borders", { ...frame, borders: [] }, at(2_200_000)],
    ["a long tail", frame, [...at(1_100_000), content(seeded(1), 1_200_000)]],
    ["a zero", frame, [...at(2_200_000), new Uint8Array(1)]],
    ["a checksum", {
      ...frame,
      bytes: other(bytes, { [constants.ZSTD_c_checksumFlag]: 1 }),
    }, at(2_200_000)],
    ["another window", {
      ...frame,
      bytes: other(bytes, { [constants.ZSTD_c_windowLog]: 20 }),
    }, at(2_200_000)],
    ["no parts", frame, []],
  ];
  for (const [what, given, parts] of left) {
    assertEquals(await editZstd(given, parts), undefined, what);
  }
});
