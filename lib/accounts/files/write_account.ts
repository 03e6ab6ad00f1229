/**
 * The one way to write an account file, in the accounts dir and in `trash/`.
 * Refuses what the next start could not read: the login would be lost.
 */

import type { Result } from "../../result.ts";
import { writeDurably } from "./durable.ts";
import { type AccountFile, parseAccountFile } from "./file.ts";

/** Returns the file as the next start will read it. */
export async function writeReadable(
  path: string,
  bytes: Uint8Array,
): Promise<Result<AccountFile, string>> {
  const readable = parseAccountFile(bytes);
  if (!readable.ok) return readable;
  const written = await writeDurably(path, bytes);
  return written.ok ? readable : written;
}
