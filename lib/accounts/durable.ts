/**
 * Writes that survive a crash: after them a file is whole and new, or whole
 * and old. Knows nothing of what is in the file.
 */

import { basename, dirname, join } from "@std/path";
import { err, ok, type Result } from "../result.ts";

const TEMPORARY = /^\.codaze-.*\.tmp$/;

/**
 * Temporary file in the same folder (mode 0600), fsync, rename, fsync of the
 * folder. A link is followed: whoever else reads its target, such as Codex
 * its `auth.json`, must not be left with a token that is spent.
 */
export async function writeDurably(
  path: string,
  bytes: Uint8Array,
): Promise<Result<void, string>> {
  const target = await Deno.realPath(path).catch(() => path);
  const folder = dirname(target);
  const name = `.codaze-${basename(target)}.${crypto.randomUUID()}.tmp`;
  const temporary = join(folder, name);
  try {
    await writeSynced(temporary, bytes);
    await Deno.rename(temporary, target);
    await syncFolder(folder);
    return ok(undefined);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    return err(reasonOf(error));
  }
}

/** Deletes a file for good; one that is not there is deleted already. */
export async function removeDurably(
  path: string,
): Promise<Result<void, string>> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) return err(reasonOf(error));
  }
  await syncFolder(dirname(path));
  return ok(undefined);
}

/** Removes what a crash between write and rename has left in `folder`. */
export async function removeLeftovers(folder: string): Promise<number> {
  let removed = 0;
  for await (const { name } of Deno.readDir(folder)) {
    if (!TEMPORARY.test(name)) continue;
    const done = await removeDurably(join(folder, name));
    if (done.ok) removed++;
  }
  return removed;
}

/** The words of a file system error, which hold paths but no contents. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, {
    write: true,
    createNew: true,
    mode: 0o600,
  });
  // `write` may write less than it is given.
  let done = 0;
  while (done < bytes.byteLength) {
    done += await file.write(bytes.subarray(done));
  }
  await file.sync();
}

/** Windows cannot open a folder; the rename itself is what counts there. */
async function syncFolder(folder: string): Promise<void> {
  try {
    using handle = await Deno.open(folder);
    await handle.sync();
  } catch {
    // Nothing to do about it, and the file itself is synced.
  }
}
