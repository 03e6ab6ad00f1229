/**
 * Writes that survive a crash: after them a file is whole and new, or whole
 * and old. Knows nothing of what is in the file.
 */

import { exists } from "@std/fs";
import { basename, dirname, join } from "@std/path";
import { err, ok, type Result } from "../result.ts";

/**
 * Temporary file in the same folder (mode 0600), fsync, rename, fsync of the
 * folder. A link is followed: whoever else reads its target, such as Codex
 * its `auth.json`, must not be left with a token that is spent.
 */
export async function writeDurably(
  path: string,
  bytes: Uint8Array,
): Promise<Result<void, string>> {
  const target = await targetOf(path);
  if (!target.ok) return target;
  const folder = dirname(target.value);
  const name = `.codaze-${basename(target.value)}.${crypto.randomUUID()}.tmp`;
  const temporary = join(folder, name);
  try {
    using file = await openTemporary(temporary);
    await writeSynced(file, bytes);
    await Deno.rename(temporary, target.value);
    await syncFolder(folder);
    return ok(undefined);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    return err(reasonOf(error));
  }
}

/** A link whose target is away, on a disk perhaps, must not be replaced. */
async function targetOf(path: string): Promise<Result<string, string>> {
  try {
    return ok(await Deno.realPath(path));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) return err(reasonOf(error));
  }
  const there = await Deno.lstat(path).catch(() => undefined);
  return there === undefined ? ok(path) : err("what it links to is away");
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

/**
 * Removes what a crash between write and rename has left in `folder`; in one
 * that is somebody else's, only what was to become the file `target`.
 */
export async function removeLeftovers(
  folder: string,
  target = "",
): Promise<number> {
  const prefix = `.codaze-${target && `${target}.`}`;
  let removed = 0;
  for await (const { name, isFile } of Deno.readDir(folder)) {
    // Nothing of ours is a FIFO, which nobody can open without its reader.
    if (!isFile || !name.startsWith(prefix) || !name.endsWith(".tmp")) continue;
    if (await removeLeftover(join(folder, name))) removed++;
  }
  return removed;
}

/** False if another process is still at it, or has just been or begun. */
async function removeLeftover(path: string): Promise<boolean> {
  const file = await openIfThere(path);
  try {
    const isFree = await file?.tryLock(true).catch(() => true) ?? true;
    if (!isFree || !await exists(path)) return false;
    // One that is not locked yet is made anew by its process.
    const isEmpty = (await file?.stat())?.size === 0;
    // Before the lock goes: who waits for it looks whether the file is there.
    return (await removeDurably(path)).ok && !isEmpty;
  } finally {
    file?.close();
  }
}

function openIfThere(path: string): Promise<Deno.FsFile | undefined> {
  return Deno.open(path, { write: true }).catch(() => undefined);
}

/** Whether the disk takes a file of so many bytes; leaves none behind. */
export async function tryWrite(
  folder: string,
  size: number,
): Promise<Result<void, string>> {
  const path = join(folder, `.codaze-probe.${crypto.randomUUID()}.tmp`);
  try {
    using file = await openTemporary(path);
    await writeSynced(file, new Uint8Array(size));
    await Deno.remove(path);
    return ok(undefined);
  } catch (error) {
    await Deno.remove(path).catch(() => {});
    return err(reasonOf(error));
  }
}

/** The words of a file system error, which hold paths but no contents. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [, path] = OUT_OF_REACH.exec(error.message) ?? [];
  return path === undefined ? error.message : `${path} ${NOT_ALLOWED}`;
}

/** As the runtime says it of a file that the process has no permission for. */
const OUT_OF_REACH = /^Requires (?:read|write) access to (".*"), run again/s;
const NOT_ALLOWED = "is none of the folders that this process may use: " +
  "a service takes in a new link when it is installed again";

/**
 * A new file (mode 0600), locked until it is closed: another process that
 * starts meanwhile must not take it for a leftover.
 */
async function openTemporary(path: string): Promise<Deno.FsFile> {
  while (true) {
    const file = await Deno.open(path, {
      write: true,
      createNew: true,
      mode: 0o600,
    });
    // Some network file systems have no locks.
    await file.lock(true).catch(() => {});
    if (await exists(path)) return file;
    // It was swept away before it was locked.
    file.close();
  }
}

async function writeSynced(
  file: Deno.FsFile,
  bytes: Uint8Array,
): Promise<void> {
  // `write` may write less than it is given.
  let done = 0;
  while (done < bytes.byteLength) {
    done += await file.write(bytes.subarray(done));
  }
  await file.sync();
}

/** Windows cannot open a folder; the rename itself is what counts there. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    using handle = await Deno.open(folder);
    await handle.sync();
  } catch {
    // Nothing to do about it, and the file itself is synced.
  }
}
