/**
 * Reads back what `tar()` and `zip()` write, by the formats' own terms: sums
 * and lengths are checked, nothing is taken from the writers.
 */
import { crc32 } from "node:zlib";
import { assertEquals } from "@std/assert";
import { toBytes } from "@std/streams";

export interface ReadEntry {
  readonly name: string;
  readonly mode: number;
  /** As the archive says it; seconds since the epoch. */
  readonly time: number;
  readonly owner: string;
  readonly data: Uint8Array;
}

export function readTar(bytes: Uint8Array): readonly ReadEntry[] {
  const entries: ReadEntry[] = [];
  let at = 0;
  while (bytes[at] !== 0) {
    const header = bytes.subarray(at, at + 512);
    const field = (offset: number, length: number) =>
      text(header.subarray(offset, offset + length)).replace(/\0.*$/s, "");
    const number = (offset: number, length: number) =>
      parseInt(field(offset, length), 8);
    const blanked = header.slice();
    blanked.fill(32, 148, 156);
    assertEquals(number(148, 8), blanked.reduce((a, b) => a + b, 0));
    assertEquals([field(156, 1), field(257, 6)], ["0", "ustar"]);
    const size = number(124, 12);
    entries.push({
      name: field(0, 100),
      mode: number(100, 8),
      time: number(136, 12),
      owner: `${number(108, 8)}:${number(116, 8)}`,
      data: bytes.subarray(at + 512, at + 512 + size),
    });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  assertEquals(bytes.length - at, 1024, "ends in two empty blocks");
  return entries;
}

export async function readZip(
  bytes: Uint8Array,
): Promise<readonly ReadEntry[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  const end = bytes.length - 22;
  assertEquals(u32(end), 0x06054b50);
  const entries: ReadEntry[] = [];
  let at = u32(end + 16);
  assertEquals(at + u32(end + 12), end, "the directory is right before it");
  for (let left = u16(end + 10); left > 0; left--) {
    assertEquals(u32(at), 0x02014b50);
    const nameLength = u16(at + 28);
    const name = bytes.subarray(at + 46, at + 46 + nameLength);
    const local = u32(at + 42);
    assertEquals(u32(local), 0x04034b50);
    // Version, flags, method, time, sum and sizes are there twice.
    assertEquals(
      bytes.subarray(local + 4, local + 28),
      bytes.subarray(at + 6, at + 30),
    );
    const start = local + 30 + u16(local + 26) + u16(local + 28);
    const data = await expand(
      bytes.slice(start, start + u32(at + 20)),
      "deflate-raw",
    );
    assertEquals([u32(at + 16), u32(at + 24)], [crc32(data), data.length]);
    entries.push({
      name: text(name),
      mode: u32(at + 38) >>> 16 & 0o777,
      time: dosTime(u16(at + 14), u16(at + 12)),
      owner: "",
      data,
    });
    at += 46 + nameLength + u16(at + 30) + u16(at + 32);
  }
  assertEquals(at, end);
  return entries;
}

export async function expand(
  data: Uint8Array<ArrayBuffer>,
  format: "gzip" | "deflate-raw",
): Promise<Uint8Array<ArrayBuffer>> {
  const source = ReadableStream.from([data]);
  return await toBytes(source.pipeThrough(new DecompressionStream(format)));
}

function dosTime(day: number, clock: number): number {
  return Date.UTC(
    1980 + (day >> 9),
    (day >> 5 & 15) - 1,
    day & 31,
    clock >> 11,
    clock >> 5 & 63,
    (clock & 31) * 2,
  ) / 1000;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
