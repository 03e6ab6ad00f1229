/**
 * One process at a time: an advisory lock on a file made for it.
 *
 * The kernel holds it (flock), so it ends with its process, even if that is
 * killed. Does not read the file.
 */

import { LOCK_POLL_MS } from "../../limits.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { NO_FILE } from "./regular_file.ts";

export interface LockOptions {
  readonly after: Runtime["after"];
  /** Milliseconds to wait for another holder; 0 asks once. */
  readonly waitMs: number;
}

/** The locked file, made if need be (mode 0600). Closing it unlocks it. */
export async function openLocked(
  path: string,
  { after, waitMs }: LockOptions,
): Promise<Result<Deno.FsFile, string>> {
  for (let waited = 0; waited <= waitMs; waited += LOCK_POLL_MS) {
    if (waited > 0) await pause(after);
    const file = await Deno.open(path, {
      read: true,
      write: true,
      create: true,
      mode: 0o600,
    });
    let locked = false;
    try {
      // A FIFO opens for reading and writing, and reading it never ends.
      if (!(await file.stat()).isFile) return err(NO_FILE);
      locked = await tryLock(file, path);
    } finally {
      if (!locked) file.close();
    }
    if (locked) return ok(file);
  }
  return err("another process has held its lock for too long");
}

/** A lock counts only if its file was not removed or replaced meanwhile. */
async function tryLock(file: Deno.FsFile, path: string): Promise<boolean> {
  if (!await hasLock(file)) return false;
  const [opened, there] = await Promise.all([
    file.stat(),
    Deno.stat(path).catch(() => undefined),
  ]);
  return there !== undefined && opened.ino === there.ino &&
    opened.dev === there.dev;
}

async function hasLock(file: Deno.FsFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch {
    // Some network file systems have no locks; a single gateway needs none.
    return true;
  }
}

function pause(after: Runtime["after"]): Promise<void> {
  return new Promise((resolve) => after(LOCK_POLL_MS, resolve));
}
