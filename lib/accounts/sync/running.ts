/**
 * The note that a running gateway leaves in the accounts dir: the addresses it
 * listens on, so that commands find it whatever its ports are.
 *
 * The kernel's lock shows whether the gateway still runs, even if it was
 * killed. The lock has a separate file, because on Windows no other process can
 * read a locked one.
 */

import { ensureDir, exists } from "@std/fs";
import { join } from "@std/path";
import { MAX_NOTE_BYTES } from "../../limits.ts";
import {
  isObject,
  numberField,
  parseObject,
  stringField,
} from "../../protocol/json.ts";
import { err, ok, type Result } from "../../result.ts";
import { reasonOf } from "../files/durable.ts";
import { readRegularFile } from "../files/regular_file.ts";

/** Hidden: neither an account nor a change that the watch reports. */
export const RUNNING_FOLDER = ".codaze-running";

/** Where a gateway listens. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

export interface Addresses {
  readonly listen: Address;
  readonly adminListen: Address;
}

/** Leaves the note; dispose of it when the gateway ends. `now` in ms. */
export async function leaveNote(
  dir: string,
  { listen, adminListen }: Addresses,
  now: number,
): Promise<Result<AsyncDisposable, string>> {
  const folder = join(dir, RUNNING_FOLDER);
  const text = JSON.stringify({
    listen,
    admin_listen: adminListen,
    started_at: new Date(now).toISOString(),
    pid: Deno.pid,
  });
  try {
    const { id, lock } = await takeLock(folder);
    const paths = { lock: lockOf(folder, id), note: noteOf(folder, id) };
    await Deno.writeTextFile(paths.note, text, ONCE).catch((error) => {
      lock.close();
      throw error;
    });
    return ok({
      [Symbol.asyncDispose]: async () => {
        lock.close();
        await remove(paths.note);
        await remove(paths.lock);
        // Fails, as it should, if another gateway's note is there.
        await remove(folder);
      },
    });
  } catch (error) {
    return err(reasonOf(error));
  }
}

const ONCE = { createNew: true, mode: 0o600 };

interface HeldLock {
  readonly id: string;
  readonly lock: Deno.FsFile;
}

/** A new lock file, locked. Another gateway may sweep it away before that. */
async function takeLock(folder: string): Promise<HeldLock> {
  while (true) {
    await ensureDir(folder, { mode: 0o700 });
    await sweep(folder);
    const id = crypto.randomUUID();
    const lock = await openNew(lockOf(folder, id));
    // Waits while a command tests the lock. Some file systems have no locks.
    await lock?.lock(true).catch(() => {});
    if (lock && await exists(lockOf(folder, id))) return { id, lock };
    lock?.close();
  }
}

/** Undefined if it, or its folder, was removed meanwhile. */
async function openNew(path: string): Promise<Deno.FsFile | undefined> {
  try {
    await Deno.writeTextFile(path, "", ONCE);
    // Opened for reading only, so that the disk can be made read-only.
    return await Deno.open(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** What a running gateway says of itself. */
export interface Note extends Addresses {
  /** In RFC 3339; empty if the note does not tell. */
  readonly startedAt: string;
}

/** The notes of every gateway on this dir, oldest first. Read-only. */
export async function findNotes(dir: string): Promise<readonly Note[]> {
  const folder = join(dir, RUNNING_FOLDER);
  const notes: Note[] = [];
  for (const id of await idsIn(folder)) {
    if (await isLeft(folder, id)) continue;
    const note = await readNote(noteOf(folder, id));
    if (note) notes.push(note);
  }
  return notes.sort((a, b) => a.startedAt < b.startedAt ? -1 : 1);
}

function lockOf(folder: string, id: string): string {
  return join(folder, `${id}.lock`);
}

function noteOf(folder: string, id: string): string {
  return join(folder, `${id}.json`);
}

async function idsIn(folder: string): Promise<readonly string[]> {
  const ids: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && name.endsWith(".lock")) ids.push(name.slice(0, -5));
    }
  } catch {
    // No gateway has run here.
  }
  return ids;
}

/** Removes the notes of gateways that were killed. */
async function sweep(folder: string): Promise<void> {
  for (const id of await idsIn(folder)) {
    await isLeft(folder, id, async () => {
      await remove(noteOf(folder, id));
      await remove(lockOf(folder, id));
    });
  }
}

/**
 * Whether the gateway has ended, so that its lock is free. False on a file
 * system without locks: the caller has to try the address.
 *
 * `ifSo` runs while the lock is held: a gateway that is just starting waits for
 * it, and then sees that its file is gone.
 */
async function isLeft(
  folder: string,
  id: string,
  ifSo = () => Promise.resolve(),
): Promise<boolean> {
  const opening = Deno.open(lockOf(folder, id), { read: true });
  using file = await opening.catch(() => undefined);
  // Shared: two commands must not take each other for a gateway.
  const isFree = await file?.tryLock(false).catch(() => false) ?? true;
  if (isFree) await ifSo();
  return isFree;
}

async function readNote(path: string): Promise<Note | undefined> {
  const read = await readRegularFile(path, MAX_NOTE_BYTES)
    .catch(() => undefined);
  const bytes = read?.kind === "file" ? read.bytes : new Uint8Array();
  const object = parseObject(new TextDecoder().decode(bytes)) ?? {};
  const listen = addressIn(object["listen"]);
  const adminListen = addressIn(object["admin_listen"]);
  if (listen === undefined || adminListen === undefined) return undefined;
  const startedAt = stringField(object, "started_at") ?? "";
  return { listen, adminListen, startedAt };
}

/** Loopback only, because a sign-in may be sent there. */
function addressIn(value: unknown): Address | undefined {
  if (!isObject(value)) return undefined;
  const hostname = stringField(value, "hostname");
  const port = numberField(value, "port") ?? 0;
  const isOurs = hostname === "127.0.0.1" || hostname === "::1";
  const isPort = Number.isInteger(port) && port > 0 && port <= 65535;
  return isOurs && isPort ? { hostname, port } : undefined;
}

async function remove(path: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
}
