/**
 * Refresh tokens that this program has spent, remembered across restarts: a
 * file put back from a snapshot must not cause one to be sent again, which can
 * end the whole login (docs/client.md, "Refreshing").
 *
 * Each is an empty file beside the side files of refreshes, named after the
 * token's digest. It is made before the side file is removed, so that one of
 * the two is always there. Bounded: the oldest are forgotten.
 */

import { exists } from "@std/fs";
import { dirname, join } from "@std/path";
import { MAX_SPENT, SPENT_AFTER_PRUNE } from "../../limits.ts";
import { err, ok, type Result } from "../../result.ts";
import { reasonOf, syncFolder } from "../files/durable.ts";
import {
  JOURNAL_FOLDER,
  type JournalEntry,
  journalPath,
  makeSideFolder,
} from "./journal.ts";
import { tokenHash } from "../files/digest.ts";

const SUFFIX = ".spent";

/** The message about a file that holds a spent token. */
export const SPENT = "the refresh token in its file was used before, and is " +
  "not sent again: put the newer file back, or run codaze login";
/** The message to a person who imports one. */
export const SPENT_LOGIN =
  "this sign-in was used before, and a newer one has " +
  "replaced it: import the newer one, or run codaze login";

/** Whether the file notes a spent token, unlike a side file. */
export function isSpentName(name: string): boolean {
  return name.endsWith(SUFFIX);
}

/** Notes, durably, that the token of this side file is spent. */
export async function noteSpent(
  sidePath: string,
): Promise<Result<void, string>> {
  try {
    await makeSideFolder(dirname(sidePath));
    await makeEmpty(sidePath + SUFFIX);
    await syncFolder(dirname(sidePath));
  } catch (error) {
    return err(reasonOf(error));
  }
  await prune(dirname(sidePath)).catch(() => {});
  return ok(undefined);
}

async function makeEmpty(path: string): Promise<void> {
  try {
    const options = { write: true, createNew: true, mode: 0o600 };
    (await Deno.open(path, options)).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/**
 * Notes that the token of this side file is spent, then removes the side file.
 * If the note cannot be written, the side file stays and serves as one.
 */
export async function retire(entry: JournalEntry): Promise<void> {
  const noted = await noteSpent(entry.path);
  if (noted.ok) await entry.clear();
}

/** The folders of side files: `dir`, and where its links point to. */
async function homesOf(dir: string): Promise<readonly string[]> {
  const homes = new Set([dir]);
  for await (const { name, isSymlink } of Deno.readDir(dir)) {
    if (!isSymlink) continue;
    const real = await Deno.realPath(join(dir, name)).catch(() => undefined);
    if (real !== undefined) homes.add(dirname(real));
  }
  return [...homes];
}

/** Whether an account of `dir` has spent this token. */
export async function isSpent(
  dir: string,
  refreshToken: string,
): Promise<boolean> {
  const hash = tokenHash(refreshToken);
  for (const home of await homesOf(dir).catch(() => [dir])) {
    const path = journalPath(home, hash) + SUFFIX;
    if (await exists(path).catch(() => false)) return true;
  }
  return false;
}

/** A test for spent tokens that reads the folders only once. */
export async function spentAmong(
  dir: string,
): Promise<(refreshToken: string) => boolean> {
  const names = new Set<string>();
  for (const home of await homesOf(dir).catch(() => [dir])) {
    for (const name of await namesIn(join(home, JOURNAL_FOLDER))) {
      names.add(name);
    }
  }
  return (token) => names.has(tokenHash(token).slice(0, 32) + SUFFIX);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.map(({ name }) => name).filter(isSpentName);
  } catch {
    // Most folders have no such file. One that cannot be read counts as empty.
    return [];
  }
}

async function prune(folder: string): Promise<void> {
  const names = await namesIn(folder);
  if (names.length <= MAX_SPENT) return;
  const notes = await Promise.all(names.map(async (name) => {
    const { mtime } = await Deno.lstat(join(folder, name));
    return { name, at: mtime?.getTime() ?? 0 };
  }));
  const old = notes.sort((a, b) => a.at - b.at).slice(0, -SPENT_AFTER_PRUNE);
  for (const { name } of old) await Deno.remove(join(folder, name));
}
