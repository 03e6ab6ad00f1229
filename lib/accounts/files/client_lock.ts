/**
 * The locks under which the official client writes its `auth.json`
 * (docs/client.md, "The file auth.json").
 *
 * The client holds both (flock) during a write, sign-out included, and neither
 * while it asks for tokens. Holding them while we read and write the file keeps
 * us from overwriting the client's changes. They do not stop two programs from
 * spending one refresh token; `journal.ts` does.
 */

import { basename, dirname, join } from "@std/path";
import { CLIENT_LOCK_POLL_MS, CLIENT_LOCK_WAIT_MS } from "../../limits.ts";
import type { Runtime } from "../../runtime.ts";
import type { AccountFile } from "./file.ts";

/** `lockAsClient` for this file of `dir`, if it has the client's layout. */
export async function lockAccountFile(
  dir: string,
  { fileName, layout }: {
    readonly fileName: string;
    readonly layout: AccountFile["layout"];
  },
  after: Runtime["after"],
): Promise<Disposable | undefined> {
  if (layout !== "codex") return undefined;
  const path = await Deno.realPath(join(dir, fileName)).catch(() => undefined);
  return path === undefined ? undefined : await lockAsClient(path, after);
}

/**
 * Waits for both locks, in the client's order, and holds those it got until
 * disposed. `path` has its links resolved. Does not make missing lock files:
 * the client makes them at its first write, and leaves them there.
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

/** Undefined if there is no such file, or if we may not open it. */
async function openThere(path: string): Promise<Deno.FsFile | undefined> {
  try {
    if (!(await Deno.stat(path)).isFile) return undefined;
    return await Deno.open(path, { read: true, write: true });
  } catch {
    return undefined;
  }
}

/** Gives up waiting in the end: tokens that are not saved are lost. */
async function waitFor(
  file: Deno.FsFile,
  after: Runtime["after"],
): Promise<void> {
  for (
    let waited = 0;
    waited < CLIENT_LOCK_WAIT_MS;
    waited += CLIENT_LOCK_POLL_MS
  ) {
    // Some file systems have no locks.
    if (await file.tryLock(true).catch(() => true)) return;
    await new Promise<void>((resolve) => after(CLIENT_LOCK_POLL_MS, resolve));
  }
}
