/** Whole answers that are small on the wire and have no end in memory. */
import { assert } from "@std/assert";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { assertBrokenCompaction } from "../support/broken_compaction.ts";
import { RawUpstream } from "../support/raw_upstream.ts";

const MIB = 1024 * 1024;
const LIMIT = 64 * MIB;
const SPACES = new Uint8Array(LIMIT + 1).fill(0x20);

const BOMBS = {
  gzip: gzipSync(SPACES, { level: 1 }),
  zstd: zstdCompressSync(SPACES),
  br: brotliCompressSync(SPACES),
};

for (const [coding, bytes] of Object.entries(BOMBS)) {
  // `fetch` decodes some by itself, unless it was asked for nothing.
  for (const asked of ["identity", "zstd,gzip"]) {
    Deno.test(`an answer in ${coding} that unfolds beyond the limit is a broken connection, asked for ${asked}`, async () => {
      assert(bytes.length < MIB);
      await using upstream = new RawUpstream(async (exchange) => {
        await exchange.begin({
          "content-type": "application/json",
          "content-encoding": coding,
        });
        await exchange.chunk(new Uint8Array(bytes));
        await exchange.end();
      });
      await assertBrokenCompaction(upstream, { "accept-encoding": asked });
    });
  }
}
