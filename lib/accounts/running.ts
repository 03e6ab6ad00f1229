/**
 * The note that a running gateway leaves in the accounts dir: on which
 * addresses it listens, so that a command finds it whatever its ports are.
 *
 * A lock says whether who wrote it still runs. It is the kernel's, so the note
 * of a gateway that was killed is known for what it is. Two files, because on
 * Windows nobody else can read one that is locked.
 */

import { ensureDir } from "@std/fs";
import { join } from "@std/path";
import { isObject, parseObject, stringField } from "../protocol/json.ts";
import { err, ok, type Result } from "../result.ts";
import { reasonOf } from "./durable.ts";
import { readRegularFile } from "./regular_file.ts";

/** Hidden, so that it is no account and no news to whoever watches the dir. */
export const RUNNING_FOLDER = ".codaze-running";

const MAX_NOTE_BYTES = 4096;

/** Where somebody listens. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

export interface Addresses {
  readonly listen: Address;
  readonly adminListen: Address;
}

/** Leaves the note; to be disposed of when the gateway is gone. `now` in ms. */
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
    // Open for reading only: the disk may still be made read-only.
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
        // Stays where there is another gateway's note.
        await remove(folder);
      },
    });
  } catch (error) {
    return err(reasonOf(error));
  }
}

/** Of every gateway that runs on this dir, the eldest first. Changes nothing. */
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
    // None has been here.
  }
  return ids;
}

/** What the killed have left. */
async function sweep(folder: string): Promise<void> {
  for (const id of await idsIn(folder)) {
    if (!await isLeft(folder, id)) continue;
    await remove(noteOf(folder, id));
    await remove(join(folder, `${id}.lock`));
  }
}

/**
 * Whether nobody holds the lock any more. Where there are no locks nobody can
 * tell, and the address has to be tried.
 */
async function isLeft(folder: string, id: string): Promise<boolean> {
  try {
    using file = await Deno.open(join(folder, `${id}.lock`), { read: true });
    // Shared, so that two who look do not take each other for a gateway.
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

/** Only loopback: a sign-in may be sent there. */
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
