/**
 * The locks under which the official client writes its `auth.json`.
 *
 * It takes both (flock) for the moment of a write, sign-out included, and
 * neither while it asks for tokens (0.169.0). Who holds them as well while it
 * reads and writes the file overwrites nothing of the client's. They do not
 * keep two programs from spending one refresh token; `journal.ts` does.
 */

import { basename, dirname, join } from "@std/path";
import type { Runtime } from "../runtime.ts";
import type { Account } from "./account.ts";

/** The client holds them for milliseconds; who holds them longer hangs. */
const WAIT_MS = 2000;
const POLL_MS = 20;

/** The same for an account's file, if its layout says it may be the client's. */
export async function lockAccountFile(
  dir: string,
  { file, fileName }: Account,
  after: Runtime["after"],
): Promise<Disposable | undefined> {
  if (file.layout !== "codex") return undefined;
  const path = await Deno.realPath(join(dir, fileName)).catch(() => undefined);
  return path === undefined ? undefined : await lockAsClient(path, after);
}

/**
 * Waits for both, in the client's order, and holds those it got until disposed.
 * `path` is the real one. Files that the client has not made are not made
 * here: it makes them at its first write, and leaves them there.
 */
export async function lockAsClient(
  path: string,
  after: Runtime["after"],
): Promise<Disposable> {
  const name = basename(path);
  const stem = name.replace(/\.json$/i, "");
  const held: Deno.FsFile[] = [];
  for (const lock of [`${stem}.lock`, `${name}.lock`]) {
    const file = await openThere(join(dirname(path), lock));
    if (file === undefined) continue;
    held.push(file);
    await waitFor(file, after);
  }
  return {
    [Symbol.dispose]: () => {
      for (const file of held.toReversed()) file.close();
    },
  };
}

/** Undefined for a file that is not there, is none, or not ours to lock. */
async function openThere(path: string): Promise<Deno.FsFile | undefined> {
  try {
    if (!(await Deno.stat(path)).isFile) return undefined;
    return await Deno.open(path, { read: true, write: true });
  } catch {
    return undefined;
  }
}

/** Goes on without it in the end: tokens that are not saved are lost. */
async function waitFor(
  file: Deno.FsFile,
  after: Runtime["after"],
): Promise<void> {
  for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
    // Some file systems have no locks.
    if (await file.tryLock(true).catch(() => true)) return;
    await new Promise<void>((resolve) => after(POLL_MS, resolve));
  }
}
