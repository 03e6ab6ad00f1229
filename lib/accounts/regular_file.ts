/**
 * Reads files that anybody may have put there: whoever opens a FIFO waits for
 * its writer, a device may have no end, and neither holds what is looked for.
 */

export type RegularFile =
  | {
    readonly kind: "file";
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly info: Deno.FileInfo;
  }
  /** Of more bytes than are meant. */
  | { readonly kind: "large"; readonly info: Deno.FileInfo }
  /** A folder, a FIFO, a socket or a device. */
  | { readonly kind: "other"; readonly info: Deno.FileInfo };

/** Follows links. Throws what the disk says, also where there is nothing. */
export async function readRegularFile(
  path: string,
  maxBytes: number,
): Promise<RegularFile> {
  const info = await Deno.stat(path);
  if (!info.isFile) return { kind: "other", info };
  if (info.size > maxBytes) return { kind: "large", info };
  return { kind: "file", bytes: await Deno.readFile(path), info };
}

/** What to say of what is neither a file nor a folder. */
export const NO_FILE = "it is a FIFO, a socket or a device, and no file";
