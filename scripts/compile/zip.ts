/**
 * Writes zip files (APPNOTE 6.3, no zip64): deflated files with the same time,
 * so that the same contents give the same archive.
 */
import { crc32 } from "node:zlib";
import { concat } from "@std/bytes";
import { compress } from "./compress.ts";
import type { ArchiveEntry } from "./tar.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;

/** Version 2.0, which has deflate; made on Unix, so that modes count. */
const NEEDED = 20;
const MADE_BY = 3 << 8 | NEEDED;
const DEFLATED = 8;

/** `time` in seconds since the epoch, 1980 at the earliest. */
export async function zip(
  entries: readonly ArchiveEntry[],
  time: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const data = await compress(entry.data, "deflate-raw");
    const shared = sharedFields(entry, data.length, time);
    const name = new TextEncoder().encode(entry.name);
    directory.push(centralHeader(entry, shared, offset), name);
    const file = concat([little([LOCAL, 4], ...shared), name, data]);
    files.push(file);
    offset += file.length;
  }
  const central = concat(directory);
  const count = entries.length;
  const end = little(
    [END, 4],
    [0, 2], // disk
    [0, 2], // disk of the directory
    [count, 2],
    [count, 2],
    [central.length, 4],
    [offset, 4],
    [0, 2], // comment
  );
  return concat([...files, central, end]);
}

type Field = readonly [value: number, bytes: 2 | 4];

/** The fields that both headers of a file share. */
function sharedFields(
  entry: ArchiveEntry,
  size: number,
  time: number,
): readonly Field[] {
  const at = new Date(time * 1000);
  const clock = at.getUTCHours() << 11 | at.getUTCMinutes() << 5 |
    at.getUTCSeconds() >> 1;
  const day = at.getUTCFullYear() - 1980 << 9 | at.getUTCMonth() + 1 << 5 |
    at.getUTCDate();
  return [
    [NEEDED, 2],
    [0, 2], // flags
    [DEFLATED, 2],
    [clock, 2],
    [day, 2],
    [crc32(entry.data), 4],
    [size, 4],
    [entry.data.length, 4],
    [new TextEncoder().encode(entry.name).length, 2],
    [0, 2], // extra field
  ];
}

function centralHeader(
  entry: ArchiveEntry,
  shared: readonly Field[],
  offset: number,
): Uint8Array {
  const mode = 0o100000 | (entry.executable ? 0o755 : 0o644);
  return little(
    [CENTRAL, 4],
    [MADE_BY, 2],
    ...shared,
    [0, 2], // comment
    [0, 2], // disk
    [0, 2], // internal attributes
    [mode * 0x10000, 4],
    [offset, 4],
  );
}

function little(...fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const size = fields.reduce((sum, [, bytes]) => sum + bytes, 0);
  const view = new DataView(new ArrayBuffer(size));
  let at = 0;
  for (const [value, bytes] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}
