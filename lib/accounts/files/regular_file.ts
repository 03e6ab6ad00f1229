/**
 * Reads regular files of a limited size only: opening a FIFO waits for its
 * writer, and a device may have no end.
 */

export type RegularFile =
  | {
    readonly kind: "file";
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly info: Deno.FileInfo;
  }
  /** Larger than `maxBytes`. */
  | { readonly kind: "large"; readonly info: Deno.FileInfo }
  /** A folder, a FIFO, a socket or a device. */
  | { readonly kind: "other"; readonly info: Deno.FileInfo };

/** Follows links. Throws file system errors, also if there is no file. */
export async function readRegularFile(
  path: string,
  maxBytes: number,
): Promise<RegularFile> {
  const info = await Deno.stat(path);
  if (!info.isFile) return { kind: "other", info };
  if (info.size > maxBytes) return { kind: "large", info };
  return { kind: "file", bytes: await Deno.readFile(path), info };
}

/** The message about something that is neither a file nor a folder. */
export const NO_FILE = "it is a FIFO, a socket or a device, not a file";

/** The message about anything that is not a file. */
export function whyNoFile({ isDirectory }: Deno.FileInfo): string {
  return isDirectory ? "it is a folder" : NO_FILE;
}
