/**
 * Writes tar files (POSIX.1-1988, ustar): regular files that belong to user and
 * group 0 and have the same time, so that the same contents give the same
 * archive.
 */
import { concat } from "@std/bytes";

export interface ArchiveEntry {
  /** At most 100 bytes. */
  readonly name: string;
  readonly data: Uint8Array;
  readonly executable: boolean;
}

const BLOCK = 512;

/** `time` in seconds since the epoch. */
export function tar(
  entries: readonly ArchiveEntry[],
  time: number,
): Uint8Array<ArrayBuffer> {
  return concat([
    ...entries.flatMap((entry) => [
      header(entry, time),
      entry.data,
      padding(entry.data.length),
    ]),
    new Uint8Array(2 * BLOCK),
  ]);
}

function header(entry: ArchiveEntry, time: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (offset: number, text: string) =>
    block.set(new TextEncoder().encode(text), offset);
  put(0, entry.name);
  put(100, octal(entry.executable ? 0o755 : 0o644, 7));
  put(108, octal(0, 7)); // user
  put(116, octal(0, 7)); // group
  put(124, octal(entry.data.length, 11));
  put(136, octal(time, 11));
  put(156, "0"); // a regular file
  put(257, "ustar\x0000");
  // The checksum is computed with spaces in its own field.
  put(148, " ".repeat(8));
  const sum = block.reduce((sum, byte) => sum + byte, 0);
  put(148, `${octal(sum, 6)}\0 `);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

function padding(length: number): Uint8Array {
  return new Uint8Array((BLOCK - length % BLOCK) % BLOCK);
}
