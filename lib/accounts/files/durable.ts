/**
 * Writes that survive a crash: afterwards the file is either wholly new or
 * wholly old. Does not look at contents.
 */

import { exists } from "@std/fs";
import { basename, dirname, join } from "@std/path";
import { err, ok, type Result } from "../../result.ts";

/**
 * Temporary file in the same folder (mode 0600, or the given one), fsync,
 * rename, fsync of the folder. A link is followed: other readers of its target, such as Codex of its
 * `auth.json`, must not keep a spent token.
 */
export async function writeDurably(
  path: string,
  bytes: Uint8Array,
  { mode }: { readonly mode?: number } = {},
): Promise<Result<void, string>> {
  const target = await targetOf(path);
  if (!target.ok) return target;
  const folder = dirname(target.value);
  const name = `.codaze-${basename(target.value)}.${crypto.randomUUID()}.tmp`;
  const temporary = join(folder, name);
  try {
    using file = await openTemporary(temporary);
    await writeSynced(file, bytes);
    // Windows has no modes.
    if (mode !== undefined && Deno.build.os !== "windows") {
      await Deno.chmod(temporary, mode);
    }
    await Deno.rename(temporary, target.value);
    await syncFolder(folder);
    return ok(undefined);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    return err(reasonOf(error));
  }
}

/** Refuses a link without a target: its disk may only be unmounted. */
async function targetOf(path: string): Promise<Result<string, string>> {
  try {
    return ok(await Deno.realPath(path));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) return err(reasonOf(error));
  }
  const there = await Deno.lstat(path).catch(() => undefined);
  return there === undefined
    ? ok(path)
    : err("the target of the link is missing");
}

/** Deletes a file durably. Succeeds if there is no such file. */
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
 * Removes temporary files that a crash between write and rename has left in
 * `folder`. With `target`, only those of that file: the folder is not ours.
 */
export async function removeLeftovers(
  folder: string,
  target = "",
): Promise<number> {
  const prefix = `.codaze-${target && `${target}.`}`;
  let removed = 0;
  for await (const { name, isFile } of Deno.readDir(folder)) {
    // Opening a FIFO waits for a reader, and none of ours is a FIFO.
    if (!isFile || !name.startsWith(prefix) || !name.endsWith(".tmp")) continue;
    if (await removeLeftover(join(folder, name))) removed++;
  }
  return removed;
}

/** False if another process uses it, has just finished or just begun. */
async function removeLeftover(path: string): Promise<boolean> {
  const file = await openIfThere(path);
  try {
    const isFree = await file?.tryLock(true).catch(() => true) ?? true;
    if (!isFree || !await exists(path)) return false;
    // An empty file may be too new to be locked: its process makes another.
    const isEmpty = (await file?.stat())?.size === 0;
    // While we hold the lock: its process then sees that the file is gone.
    return (await removeDurably(path)).ok && !isEmpty;
  } finally {
    file?.close();
  }
}

function openIfThere(path: string): Promise<Deno.FsFile | undefined> {
  return Deno.open(path, { write: true }).catch(() => undefined);
}

/** Whether the disk takes a file of `size` bytes. Leaves nothing behind. */
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

/** The message of a file system error: may hold paths, never contents. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [, path] = OUT_OF_REACH.exec(error.message) ?? [];
  return path === undefined ? error.message : `${path} ${NOT_ALLOWED}`;
}

/** The runtime's message for a path outside the process's permissions. */
const OUT_OF_REACH = /^Requires (?:read|write) access to (".*"), run again/s;
const NOT_ALLOWED = "is outside the folders that this process may use: " +
  "to let a service use a new link, install it again";

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
    // Another process removed it as a leftover before it was locked.
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

/** Windows cannot open a folder; the rename alone has to do there. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    using handle = await Deno.open(folder);
    await handle.sync();
  } catch {
    // The file itself is synced already.
  }
}
