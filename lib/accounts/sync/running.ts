/**
 * The note that a running gateway leaves in the accounts dir: the addresses it
 * listens on, so that commands find it whatever its ports are.
 *
 * The kernel's lock shows whether the gateway still runs, even if it was
 * killed. The lock has a separate file, because on Windows no other process can
 * read a locked one.
 */

import { ensureDir } from "@std/fs";
import { join } from "@std/path";
import { MAX_NOTE_BYTES } from "../../limits.ts";
import { isObject, parseObject, stringField } from "../../protocol/json.ts";
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
  const id = crypto.randomUUID();
  const paths = { lock: join(folder, `${id}.lock`), note: noteOf(folder, id) };
  const text = JSON.stringify({
    listen,
    admin_listen: adminListen,
    started_at: new Date(now).toISOString(),
    pid: Deno.pid,
  });
  try {
    await ensureDir(folder, { mode: 0o700 });
    await sweep(folder);
    const once = { createNew: true, mode: 0o600 };
    await Deno.writeTextFile(paths.lock, "", once);
    // Opened for reading only, so that the disk can be made read-only.
    const lock = await Deno.open(paths.lock, { read: true });
    // Some file systems have no locks.
    await lock.tryLock(true).catch(() => {});
    await Deno.writeTextFile(paths.note, text, once).catch((error) => {
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

/** The addresses of every gateway on this dir, oldest first. Read-only. */
export async function findNotes(dir: string): Promise<readonly Addresses[]> {
  const folder = join(dir, RUNNING_FOLDER);
  const notes: Note[] = [];
  for (const id of await idsIn(folder)) {
    if (await isLeft(folder, id)) continue;
    const note = await readNote(noteOf(folder, id));
    if (note) notes.push(note);
  }
  return notes.sort((a, b) => a.startedAt < b.startedAt ? -1 : 1);
}

interface Note extends Addresses {
  readonly startedAt: string;
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
    if (!await isLeft(folder, id)) continue;
    await remove(noteOf(folder, id));
    await remove(join(folder, `${id}.lock`));
  }
}

/**
 * Whether the gateway has ended, so that its lock is free. False on a file
 * system without locks: the caller has to try the address.
 */
async function isLeft(folder: string, id: string): Promise<boolean> {
  try {
    using file = await Deno.open(join(folder, `${id}.lock`), { read: true });
    // Shared: two commands must not take each other for a gateway.
    return await file.tryLock(false).catch(() => false);
  } catch {
    return true;
  }
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
  const port = Number(value["port"]);
  const isOurs = hostname === "127.0.0.1" || hostname === "::1";
  const isPort = Number.isInteger(port) && port > 0 && port <= 65535;
  return isOurs && isPort ? { hostname, port } : undefined;
}

async function remove(path: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
}
