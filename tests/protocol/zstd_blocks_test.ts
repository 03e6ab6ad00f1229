/** Large zstd frames, decoded in turns of the event loop. */
import { setImmediate } from "node:timers";
import { constants, zstdCompressSync } from "node:zlib";
import { assert, assertEquals, assertGreater } from "@std/assert";
import { concat } from "@std/bytes";
import {
  decodeZstd,
  decodeZstdInTurns,
  encodeZstd,
} from "../../lib/protocol/zstd/zstd.ts";
import { encodedRoom } from "../../lib/protocol/zstd/plain.ts";
import { randomBytes, seeded } from "../support/random.ts";

const MIB = 1024 * 1024;
const BLOCK = 128 * 1024;
/** An empty last block. */
const END = new Uint8Array([1, 0, 0]);

/** Text, a long run and noise, so that there is every kind of block. */
const CONTENT = concat([
  new TextEncoder().encode('{"role":"user","text":"hello"},'.repeat(12_000)),
  new Uint8Array(3 * BLOCK).fill(0x20),
  randomBytes(seeded(41), 2 * BLOCK + 1),
  randomBytes(seeded(42), 3 * BLOCK, new TextEncoder().encode("abcdefgh ")),
]);

const ANY = () => true;

function checksummed(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(zstdCompressSync(bytes, {
    chunkSize: encodedRoom(bytes.length),
    params: { [constants.ZSTD_c_checksumFlag]: 1 },
  }));
}

Deno.test("decodeZstdInTurns decodes as decodeZstd does", async () => {
  for (const frame of [await encodeZstd(CONTENT), checksummed(CONTENT)]) {
    const limits = { limit: CONTENT.length, take: ANY };
    const decoded = await decodeZstdInTurns(frame, limits);
    assert(decoded.ok);
    assertEquals(decodeZstd(frame, limits.limit), {
      ok: true,
      value: decoded.value.bytes,
    });
  }
});

Deno.test("decodeZstdInTurns finds borders at which the frame can be cut", async () => {
  const frame = await encodeZstd(CONTENT);
  const decoded = await decodeZstdInTurns(frame, { limit: MIB * 8, take: ANY });
  assert(decoded.ok);
  const { borders } = decoded.value;
  assertGreater(borders.length, 7);
  for (const border of borders) {
    const cut = concat([frame.subarray(0, border.frame), END]);
    const content = decodeZstd(cut, MIB * 8);
    assert(content.ok);
    assertEquals(content.value, CONTENT.subarray(0, border.content));
  }
});

Deno.test("decodeZstdInTurns tells of all content as it comes", async () => {
  const frame = await encodeZstd(CONTENT);
  let taken = 0;
  let calls = 0;
  const take = (bytes: number) => {
    taken += bytes;
    calls++;
    return true;
  };
  await decodeZstdInTurns(frame, { limit: MIB * 8, take });
  assertEquals(taken, CONTENT.length);
  assertGreater(calls, 8);
});

Deno.test("decodeZstdInTurns stops where nobody takes more", async () => {
  const frame = await encodeZstd(CONTENT);
  let taken = 0;
  const take = (bytes: number) => (taken += bytes) < 3 * BLOCK;
  const decoded = await decodeZstdInTurns(frame, { limit: MIB * 8, take });
  assertEquals(!decoded.ok && decoded.error.kind, "too_large");
  assert(taken <= 4 * BLOCK, `${taken} bytes`);
});

Deno.test("decodeZstdInTurns stops a bomb at its limit", async () => {
  const bomb = new Uint8Array(zstdCompressSync(new Uint8Array(32 * MIB)));
  let taken = 0;
  const take = (bytes: number) => (taken += bytes) > 0;
  const decoded = await decodeZstdInTurns(bomb, { limit: MIB, take });
  assertEquals(!decoded.ok && decoded.error, {
    kind: "too_large",
    message: `zstd content exceeds ${MIB} bytes`,
  });
  assert(taken <= MIB, `${taken} bytes`);
});

Deno.test("decodeZstdInTurns takes up to its limit and not a byte more", async () => {
  const frame = await encodeZstd(CONTENT);
  const { length } = CONTENT;
  for (const [limit, ok] of [[length, true], [length - 1, false]] as const) {
    const decoded = await decodeZstdInTurns(frame, { limit, take: ANY });
    assertEquals(decoded.ok, ok, `${limit}`);
  }
});

Deno.test("decodeZstdInTurns takes a frame of very many small blocks", async () => {
  const blocks = new Uint8Array(4 * 50_000);
  for (let at = 0; at < blocks.length; at += 4) {
    blocks.set([1 << 3, 0, 0, 97], at);
  }
  const header = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
  const frame = concat([new Uint8Array(header), blocks, END]);
  const decoded = await decodeZstdInTurns(frame, { limit: MIB, take: ANY });
  assert(decoded.ok);
  assertEquals(decoded.value.bytes, new Uint8Array(50_000).fill(97));
  assert(decoded.value.borders.length < 3);
});

Deno.test("decodeZstdInTurns says the same of damaged frames as decodeZstd", async () => {
  const random = seeded(43);
  const whole = checksummed(CONTENT);
  for (let round = 0; round < 60; round++) {
    const frame = whole.slice(
      0,
      random.oneIn(4) ? random.int(whole.length) : undefined,
    );
    for (let i = random.int(3); i >= 0; i--) {
      frame[random.int(frame.length)] = random.int(256);
    }
    const decoded = await decodeZstdInTurns(frame, {
      limit: 8 * MIB,
      take: ANY,
    });
    const expected = decodeZstd(frame, 8 * MIB);
    assertEquals(decoded.ok, expected.ok);
    if (!decoded.ok) assertEquals(decoded, expected);
  }
});

Deno.test("decodeZstdInTurns decodes bodies side by side", async () => {
  const bodies = await Promise.all(
    [1, 2, 3].map((first) => encodeZstd(CONTENT.subarray(first))),
  );
  const decoded = await Promise.all(
    bodies.map((body) =>
      decodeZstdInTurns(body, { limit: 8 * MIB, take: ANY })
    ),
  );
  for (const [i, content] of decoded.entries()) {
    assert(content.ok);
    assertEquals(content.value.bytes, CONTENT.subarray(i + 1));
  }
});

Deno.test("decodeZstdInTurns gives others a turn after each part", async () => {
  const frame = await encodeZstd(CONTENT);
  let turns = 0;
  let ended = false;
  const count = () => {
    turns++;
    if (!ended) setImmediate(count);
  };
  setImmediate(count);
  await decodeZstdInTurns(frame, { limit: 8 * MIB, take: ANY });
  ended = true;
  await new Promise((resolve) => setImmediate(resolve));
  assertGreater(turns, 4);
});
