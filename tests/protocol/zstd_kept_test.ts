/** The kept codecs give the bytes of `node:zlib`, or leave a body to it. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  constants,
  createZstdCompress,
  createZstdDecompress,
  zstdCompressSync,
} from "node:zlib";
import { ZSTD_ONE_GO_BYTES } from "../../lib/limits.ts";
import { decodeZstd, encodeZstd } from "../../lib/protocol/zstd/zstd.ts";
import { FLUSH, ZstdCodec } from "../../lib/protocol/zstd/codec.ts";
import { readZstdFrame } from "../../lib/protocol/zstd/frame.ts";
import { KeptZstd } from "../../lib/protocol/zstd/kept.ts";
import { decodePlain, encodePlain } from "../../lib/protocol/zstd/plain.ts";
import { type Random, randomBytes, seeded } from "../support/random.ts";

const BLOCK = 128 * 1024;
const TEXT = new TextEncoder().encode('{"input":"hello, hello"}'.repeat(40));

/** From text that compresses very well to bytes that do not compress. */
function body(random: Random, length: number): Uint8Array {
  const bytes = randomBytes(random, length);
  const letters = 1 + random.int(256);
  const period = random.pick([1, 7, 500, length + 1]);
  for (let at = 0; at < length; at++) {
    bytes[at] = at < period
      ? (bytes[at] ?? 0) % letters
      : bytes[at - period] ?? 0;
  }
  return bytes;
}

function* lengths(random: Random): Generator<number> {
  yield* [0, 1, 2, 3, 63, 64, 65];
  for (const border of [BLOCK, ZSTD_ONE_GO_BYTES]) {
    for (let off = -3; off <= 0; off++) yield border + off;
  }
  for (let round = 0; round < 300; round++) {
    yield random.int(random.pick([100, 3000, 40_000]));
  }
  for (let round = 0; round < 30; round++) {
    yield random.int(ZSTD_ONE_GO_BYTES + 1);
  }
}

Deno.test("KeptZstd has the inside of node:zlib that it needs", () => {
  assert(ZstdCodec.of(createZstdCompress()) instanceof ZstdCodec);
  assert(ZstdCodec.of(createZstdDecompress()) instanceof ZstdCodec);
  const kept = new KeptZstd();
  const encoded = kept.encode(TEXT);
  assert(encoded);
  assertEquals(kept.decode(encoded), TEXT);
  kept.dropUnused();
  kept.dropUnused();
  assertEquals(Object.values(FLUSH), [
    constants.ZSTD_e_continue,
    constants.ZSTD_e_flush,
    constants.ZSTD_e_end,
  ]);
});

Deno.test("KeptZstd encodes and decodes as node:zlib does, body after body", async () => {
  const random = seeded(21);
  const kept = new KeptZstd();
  for (const length of lengths(random)) {
    const bytes = body(random, length);
    const encoded = kept.encode(bytes);
    assert(encoded, `${length} bytes`);
    assertEquals(encoded, await encodePlain(bytes), `${length} bytes`);
    const frame = readZstdFrame(encoded);
    assert(frame.ok && frame.value.contentSize === undefined);
    const decoded = kept.decode(encoded);
    assert(decoded, `${length} bytes`);
    assertEquals(decoded, decodePlain(encoded, length + 1));
    if (random.oneIn(20)) kept.dropUnused();
  }
});

Deno.test("KeptZstd decodes frames with a size and a checksum", () => {
  const kept = new KeptZstd();
  for (const checksum of [0, 1]) {
    for (const size of [0, 1]) {
      const frame = zstdCompressSync(TEXT, {
        params: {
          [constants.ZSTD_c_checksumFlag]: checksum,
          [constants.ZSTD_c_contentSizeFlag]: size,
        },
      });
      assertEquals(kept.decode(frame), TEXT);
    }
  }
});

Deno.test("KeptZstd gives bytes that the next body does not change", () => {
  const kept = new KeptZstd();
  const first = kept.encode(TEXT);
  const copy = first?.slice();
  const decoded = first && kept.decode(first);
  const second = kept.encode(randomBytes(seeded(1), 2000));
  assert(second && kept.decode(second));
  assertEquals(first, copy);
  assertEquals(decoded, TEXT);
});

Deno.test("KeptZstd leaves larger bodies, and large contents of small ones", () => {
  const kept = new KeptZstd();
  const large = new Uint8Array(ZSTD_ONE_GO_BYTES + 1);
  assertEquals(kept.encode(large), undefined);
  assertEquals(kept.decode(large), undefined);
  const bomb = zstdCompressSync(large);
  assert(bomb.length < 100);
  assertEquals(kept.decode(bomb), undefined);
  assertEquals(kept.decode(zstdCompressSync(TEXT)), TEXT);
});

Deno.test("KeptZstd is unharmed by a damaged body", async () => {
  const random = seeded(22);
  const kept = new KeptZstd();
  const frame = await encodePlain(TEXT);
  for (let round = 0; round < 500; round++) {
    const damaged = frame.slice();
    for (let i = 0; i < 3; i++) {
      damaged[4 + random.int(frame.length - 4)] = random.int(256);
    }
    kept.decode(damaged.subarray(0, random.int(2) * frame.length + 9));
    assertEquals(kept.decode(frame), TEXT);
  }
});

Deno.test("decodeZstd says of small damaged bodies what is wrong", () => {
  const frame = zstdCompressSync(TEXT, {
    params: { [constants.ZSTD_c_checksumFlag]: 1 },
  });
  const last = frame.length - 1;
  frame[last] = ~(frame[last] ?? 0);
  for (let round = 0; round < 3; round++) {
    const decoded = decodeZstd(frame, 10_000);
    assert(!decoded.ok);
    assertEquals(decoded.error.kind, "malformed");
    assert(decoded.error.message.startsWith("Zstd decompress error: "));
  }
});

/** Streams whose inside is another one, by what has become of it. */
const STRANGE: ReadonlyArray<[what: string, change: (stream: object) => void]> =
  [
    ["no handle", (stream) => Reflect.set(stream, "_handle", undefined)],
    ["another handle", (stream) => Reflect.set(stream, "_handle", {})],
    ["no state", (stream) => Reflect.set(stream, "_writeState", undefined)],
    [
      "a longer state",
      (stream) => Reflect.set(stream, "_writeState", new Uint32Array(3)),
    ],
    ["a handle that throws", (stream) => {
      const fail = () => {
        throw new TypeError("not so");
      };
      Reflect.set(stream, "_handle", {
        reset: fail,
        close: () => {},
        writeSync: fail,
      });
    }],
    ["a handle that does nothing", (stream) => {
      const nothing = () => {};
      Reflect.set(stream, "_handle", {
        reset: nothing,
        close: nothing,
        writeSync: nothing,
      });
    }],
  ];

for (const [what, change] of STRANGE) {
  Deno.test(`KeptZstd leaves all bodies where a stream has ${what}`, () => {
    const changed = (stream: object) => {
      change(stream);
      return stream;
    };
    const kept = new KeptZstd({
      encoder: () => changed(createZstdCompress()),
      decoder: () => changed(createZstdDecompress()),
    });
    for (let round = 0; round < 2; round++) {
      assertEquals(kept.encode(TEXT), undefined);
      assertEquals(kept.decode(zstdCompressSync(TEXT)), undefined);
    }
    kept.dropUnused();
  });
}

Deno.test("encodeZstd and the plain way give the same bytes", async () => {
  const random = seeded(23);
  for (const length of [0, 1000, BLOCK, ZSTD_ONE_GO_BYTES + 1, 600_000]) {
    const bytes = body(random, length);
    assertEquals(await encodeZstd(bytes), await encodePlain(bytes));
  }
});

Deno.test("ZstdCodec does nothing once it is closed", () => {
  const codec = ZstdCodec.of(createZstdCompress());
  assert(codec);
  codec[Symbol.dispose]();
  codec[Symbol.dispose]();
  const room = new Uint8Array(100);
  let thrown = 0;
  for (
    const use of [
      () => codec.reset(),
      () => codec.step(FLUSH.frame, TEXT, room),
    ]
  ) {
    try {
      use();
    } catch {
      thrown++;
    }
  }
  assertStrictEquals(thrown, 2);
});
