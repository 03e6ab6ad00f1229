/**
 * `trash/`: takes the file of a login that the server has declared dead, that
 * another file holds, too, or that a person removes, and a copy of a login that
 * an import replaces. Overwrites nothing there.
 */

import { ensureDir, exists } from "@std/fs";
import { join } from "@std/path";
import { inOneLine } from "../../failure/redact.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Log } from "../../runtime.ts";
import { reasonOf, removeDurably } from "./durable.ts";
import { withValues } from "./file_edit.ts";
import { numbered } from "./file_name.ts";
import { type FoundFile, readAccountFile } from "./folder.ts";
import { noteValues } from "./trash_notes.ts";
import { writeReadable } from "./write_account.ts";

export interface TrashOptions {
  readonly reason: string;
  /** Whether the server has ended the sign-in. */
  readonly ended: boolean;
  /** Whether a person has asked for it. */
  readonly isAsked?: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly log: Log;
}

/**
 * Moves a file of `dir` there and adds the reason and the time. The copy is on
 * disk before the file is removed: a crash leaves two rather than none.
 */
export async function moveToTrash(
  dir: string,
  file: FoundFile,
  { log, isAsked = false, ...notes }: TrashOptions,
): Promise<Result<void, string>> {
  const moved = await move(dir, file, notes);
  const fields = fieldsOf(file, notes);
  if (moved.ok) {
    log[isAsked ? "info" : "warn"]("account file moved to trash", fields);
  } else log.error(`cannot move to trash: ${moved.error}`, fields);
  return moved;
}

/** Keeps a copy there of a file that is about to be overwritten. */
export async function copyToTrash(
  dir: string,
  file: FoundFile,
  { log, ...notes }: Omit<TrashOptions, "ended" | "isAsked">,
): Promise<Result<void, string>> {
  const copied = await copy(dir, file, { ...notes, ended: false });
  const fields = fieldsOf(file, notes);
  if (copied.ok) log.info("copy of account file kept in trash", fields);
  else log.error(`cannot copy to trash: ${copied.error}`, fields);
  return copied.ok ? ok(undefined) : copied;
}

function fieldsOf({ name, parsed }: FoundFile, { reason }: { reason: string }) {
  return {
    file: name,
    label: parsed.ok ? parsed.value.label : undefined,
    reason: inOneLine(reason),
  };
}

type Notes = Omit<TrashOptions, "isAsked" | "log">;

async function move(
  dir: string,
  file: FoundFile,
  notes: Notes,
): Promise<Result<void, string>> {
  const copied = await copy(dir, file, notes);
  if (!copied.ok) return copied;
  // The server has not judged a login that was saved there meanwhile.
  const removed = await hasChanged(dir, file)
    ? err("the file has changed meanwhile")
    : await removeDurably(join(dir, file.name));
  // Otherwise each try would leave one more copy.
  if (!removed.ok) await removeDurably(copied.value);
  return removed;
}

async function hasChanged(dir: string, file: FoundFile): Promise<boolean> {
  const now = await readAccountFile(dir, file.name);
  if (now === undefined) return false;
  return now.bytes.length !== file.bytes.length ||
    now.bytes.some((byte, i) => byte !== file.bytes[i]);
}

/** Returns the path of the copy. */
async function copy(
  dir: string,
  file: FoundFile,
  { now: at, ...notes }: Notes,
): Promise<Result<string, string>> {
  const trash = join(dir, "trash");
  try {
    await ensureDir(trash, { mode: 0o700 });
    const name = await freeName(trash, file.name);
    const from = name === file.name ? undefined : file.name;
    const values = noteValues({ ...notes, at, from });
    const bytes = withValues(file.bytes, values);
    if (!bytes.ok) return bytes;
    const target = join(trash, name);
    const written = await writeReadable(target, bytes.value);
    return written.ok ? ok(target) : written;
  } catch (error) {
    return err(reasonOf(error));
  }
}

async function freeName(trash: string, name: string): Promise<string> {
  let n = 1;
  while (await exists(join(trash, numbered(name, n)))) n++;
  return numbered(name, n);
}
