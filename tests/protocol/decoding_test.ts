import { assert, assertEquals, assertRejects } from "@std/assert";
import { concat } from "@std/bytes";
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createDeflateRaw,
  createGzip,
  createZstdCompress,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import type { Coding } from "../../lib/protocol/content_coding.ts";
import { decodedStream } from "../../lib/protocol/decoding.ts";

type Bytes = Uint8Array<ArrayBuffer>;

interface Encoder {
  readonly name: string;
  readonly coding: Coding;
  readonly whole: (bytes: Uint8Array) => Uint8Array;
  readonly flowing: () => ReturnType<typeof createGzip>;
}

const ENCODERS: readonly Encoder[] = [
  {
    name: "gzip",
    coding: "gzip",
    whole: (bytes) => gzipSync(bytes),
    flowing: () => createGzip(),
  },
  {
    name: "deflate",
    coding: "deflate",
    whole: (bytes) => deflateSync(bytes),
    flowing: () => createDeflate(),
  },
  {
    name: "deflate without its header",
    coding: "deflate",
    whole: (bytes) => deflateRawSync(bytes),
    flowing: () => createDeflateRaw(),
  },
  {
    name: "br",
    coding: "br",
    whole: (bytes) => brotliCompressSync(bytes),
    flowing: () => createBrotliCompress(),
  },
  {
    name: "zstd",
    coding: "zstd",
    whole: (bytes) => zstdCompressSync(bytes),
    flowing: () => createZstdCompress(),
  },
  {
    name: "zstd with a checksum",
    coding: "zstd",
    whole: (bytes) =>
      zstdCompressSync(bytes, {
        params: { [constants.ZSTD_c_checksumFlag]: 1 },
      }),
    flowing: () =>
      createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
  },
];

/** Half of it can be compressed and half of it cannot. */
function content(length: number): Bytes {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let at = 0; at < length; at += 2) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
}

function plain(bytes: Uint8Array): Bytes {
  return new Uint8Array(bytes);
}

function inPieces(bytes: Uint8Array, size: number): ReadableStream<Bytes> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(plain(bytes.subarray(at, at += size)));
    },
  });
}

function read(stream: ReadableStream<Bytes>): Promise<Bytes> {
  return new Response(stream).bytes();
}

/** What came, and whether an error was behind it. */
async function readUntilError(
  stream: ReadableStream<Bytes>,
): Promise<{ readonly got: Bytes; readonly error: unknown }> {
  const parts: Bytes[] = [];
  try {
    for await (const part of stream) parts.push(part);
    return { got: concat(parts), error: undefined };
  } catch (error) {
    return { got: concat(parts), error };
  }
}

for (const { name, coding, whole, flowing } of ENCODERS) {
  Deno.test(`decodedStream() undoes ${name}, in pieces of any size`, async () => {
    for (const length of [0, 1, 100, 70_000]) {
      const bytes = content(length);
      const encoded = whole(bytes);
      for (const size of [length > 1000 ? 61 : 1, 4096, encoded.length]) {
        const stream = decodedStream(inPieces(encoded, size), coding);
        assertEquals(await read(stream), bytes);
      }
    }
  });

  Deno.test(`decodedStream() gives what a ${name} encoder has flushed at once`, async () => {
    const { readable, writable } = new TransformStream<Bytes, Bytes>();
    const writer = writable.getWriter();
    const encoder = flowing();
    encoder.on("data", (part: Uint8Array) => {
      void writer.write(plain(part));
    });
    const reader = decodedStream(readable, coding).getReader({ mode: "byob" });
    for (
      const text of ["event: one\n\n", "event: two\n\n", "event: three\n\n"]
    ) {
      encoder.write(text);
      encoder.flush();
      let got = "";
      // Would wait for ever if anything were held back.
      while (got.length < text.length) {
        const { value } = await reader.read(new Uint8Array(64));
        got += new TextDecoder().decode(value);
      }
      assertEquals(got, text);
    }
    await reader.cancel();
    encoder.destroy();
  });

  Deno.test(`decodedStream() takes ${name} that is cut off anywhere for an error, behind what came`, async () => {
    const bytes = content(300);
    const encoded = whole(bytes);
    for (let length = 1; length < encoded.length; length++) {
      const cut = encoded.subarray(0, length);
      const stream = decodedStream(inPieces(cut, 16), coding);
      const { got, error } = await readUntilError(stream);
      assert(error instanceof Error, `${length} of ${encoded.length} bytes`);
      assertEquals(got, bytes.slice(0, got.length));
    }
  });

  Deno.test(`decodedStream() survives ${name} with any byte damaged`, async () => {
    const encoded = whole(content(300));
    for (let at = 0; at < encoded.length; at++) {
      const damaged = plain(encoded);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      await readUntilError(decodedStream(inPieces(damaged, 64), coding));
    }
  });

  Deno.test(`decodedStream() expands ${name} no faster than it is read`, async () => {
    const bomb = whole(new Uint8Array(64 * 1024 * 1024));
    let taken = 0;
    let given = 0;
    const body = new ReadableStream<Bytes>({
      pull(controller) {
        if (taken >= bomb.length) return controller.close();
        controller.enqueue(plain(bomb.subarray(taken, taken += 1024)));
      },
    }, { highWaterMark: 0 });
    const reader = decodedStream(body, coding).getReader({ mode: "byob" });
    for (let reads = 0; reads < 64; reads++) {
      const { value } = await reader.read(new Uint8Array(4096));
      given += value?.length ?? 0;
      assert((value?.length ?? 0) <= 4096);
    }
    assert(given > 0);
    // A kilobyte of it is a megabyte, or all there is.
    assert(taken <= 4096, `${taken} bytes were taken`);
    await reader.cancel();
  });
}

Deno.test("decodedStream() gives all of several zstd frames, however they are cut", async () => {
  const parts = [content(300), content(0), content(5000)];
  const skippable = new Uint8Array([
    0x5a,
    0x2a,
    0x4d,
    0x18,
    3,
    0,
    0,
    0,
    1,
    2,
    3,
  ]);
  const encoded = concat([
    ...parts.map((part) => plain(zstdCompressSync(part))),
    skippable,
    plain(zstdCompressSync(content(10))),
  ]);
  for (const size of [1, 5, 64, encoded.length]) {
    const stream = decodedStream(inPieces(encoded, size), "zstd");
    assertEquals(await read(stream), concat([...parts, content(10)]));
  }
});

Deno.test("decodedStream() gives what stood in front of garbage, then an error", async () => {
  const bytes = content(300);
  for (
    const [coding, encoded] of [
      ["gzip", gzipSync(bytes)],
      ["zstd", zstdCompressSync(bytes)],
    ] as const
  ) {
    const body = new ReadableStream<Bytes>({
      start(controller) {
        controller.enqueue(plain(encoded));
        controller.enqueue(new TextEncoder().encode("garbage"));
        controller.close();
      },
    });
    const { got, error } = await readUntilError(decodedStream(body, coding));
    assertEquals(got, bytes);
    assert(error instanceof Error);
  }
});

Deno.test("decodedStream() refuses a zstd window that the coding does not allow", async () => {
  const encoder = createZstdCompress({
    params: { [constants.ZSTD_c_windowLog]: 27 },
  });
  const parts: Uint8Array[] = [];
  encoder.on("data", (part: Uint8Array) => parts.push(part));
  encoder.write("small, but who knows what follows");
  await new Promise<void>((resolve) => encoder.flush(() => resolve()));
  encoder.destroy();
  await assertRejects(
    () => read(decodedStream(inPieces(concat(parts), 64), "zstd")),
    Error,
    "too much memory",
  );
});

Deno.test("decodedStream() passes on that its body was cut, behind what came", async () => {
  const bytes = content(5000);
  const encoded = plain(gzipSync(bytes));
  const body = new ReadableStream<Bytes>({
    pull(controller) {
      controller.enqueue(encoded.slice(0, 3000));
      controller.error(new Error("the line is dead"));
    },
  });
  const { error } = await readUntilError(decodedStream(body, "gzip"));
  assert(error instanceof Error);
  assertEquals(error.message, "the line is dead");
});

Deno.test("decodedStream() closes its body when its reader leaves or its data is damaged", async () => {
  for (const damaged of [false, true]) {
    const cancelled = Promise.withResolvers<void>();
    const body = new ReadableStream<Bytes>({
      start(controller) {
        const bytes = plain(zstdCompressSync(content(300)));
        if (damaged) bytes.fill(0xff, 6);
        controller.enqueue(bytes);
      },
      cancel: () => cancelled.resolve(),
    });
    const reader = decodedStream(body, "zstd").getReader();
    await reader.read().catch(() => {});
    await reader.cancel().catch(() => {});
    await cancelled.promise;
  }
});

/** Damaged behind 48 KiB of output, which an engine gives out in pieces. */
const LATE_DAMAGE =
  "KLUv/QBY+sQHVzf1VHspAwBldmVudDogYQpkYXQfiwgAIHsiZGVsdGEiOiJzb21lIHdvcmRzIn0KCsNvBuZi5Nl2NDf7xe49kz9KSMIsegALjU4VcyaANms/negIcMMDsMWuDWI6OUr8MunPWwoij3XIssIUHssN";

Deno.test("zstd data that is damaged behind much output ends with an error", async () => {
  const uncaught: unknown[] = [];
  const hear = (event: ErrorEvent) => {
    event.preventDefault();
    uncaught.push(event.error);
  };
  globalThis.addEventListener("error", hear);
  const body = new Blob([Uint8Array.fromBase64(LATE_DAMAGE)]).stream();
  await assertRejects(() =>
    new Response(decodedStream(body, "zstd")).arrayBuffer()
  );
  globalThis.removeEventListener("error", hear);
  assertEquals(uncaught, []);
});
