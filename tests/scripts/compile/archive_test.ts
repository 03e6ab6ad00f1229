import { assertEquals, assertNotEquals } from "@std/assert";
import { compress } from "../../../scripts/compile/compress.ts";
import { type ArchiveEntry, tar } from "../../../scripts/compile/tar.ts";
import { zip } from "../../../scripts/compile/zip.ts";
import { expand, readTar, readZip } from "./read_archive.ts";

/** 2026-11-22 16:14:10 UTC; even, as zip can only say even seconds. */
const TIME = 1_795_364_050;

const ENTRIES: readonly ArchiveEntry[] = [
  { name: "codaze", data: bytes(100_003), executable: true },
  { name: "LICENSE", data: bytes(512), executable: false },
  { name: "README.md", data: bytes(0), executable: false },
];

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index * 7 % 251);
}

function expected(owner: string) {
  return ENTRIES.map(({ name, data, executable }) => ({
    name,
    mode: executable ? 0o755 : 0o644,
    time: TIME,
    owner,
    data,
  }));
}

Deno.test("tar() keeps names, modes, bytes and the one time", () => {
  assertEquals(readTar(tar(ENTRIES, TIME)), expected("0:0"));
});

Deno.test("zip() keeps names, modes, bytes and the one time", async () => {
  assertEquals(await readZip(await zip(ENTRIES, TIME)), expected(""));
});

Deno.test("archives of the same files are the same bytes, of others not", async () => {
  const gzip = () => compress(tar(ENTRIES, TIME), "gzip");
  assertEquals(await gzip(), await gzip());
  assertEquals(await zip(ENTRIES, TIME), await zip(ENTRIES, TIME));
  assertNotEquals(await zip(ENTRIES, TIME), await zip(ENTRIES, TIME + 2));
});

Deno.test("compress() gives back what went in", async () => {
  const data = bytes(300_000);
  assertEquals(
    await expand(await compress(data, "gzip"), "gzip"),
    data.slice(),
  );
});
