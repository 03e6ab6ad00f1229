/**
 * `trash/`: where the file of a login goes that the server has declared dead,
 * or that another file holds as well. Nothing else goes there, and nothing in
 * it is overwritten.
 */

import { ensureDir, exists } from "@std/fs";
import { join } from "@std/path";
import { err, type Result } from "../result.ts";
import type { Log } from "../runtime.ts";
import { reasonOf, removeDurably, writeDurably } from "./durable.ts";
import { withValues } from "./file_edit.ts";
import type { FoundFile } from "./folder.ts";

export interface TrashOptions {
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly log: Log;
}

/**
 * Moves a file of `dir` there, with reason and time in it. The copy is on disk
 * before the file goes: a crash leaves two rather than none.
 */
export async function moveToTrash(
  dir: string,
  file: FoundFile,
  { reason, now, log }: TrashOptions,
): Promise<Result<void, string>> {
  const moved = await move(dir, file, {
    codaze_reason: reason,
    codaze_trashed_at: new Date(now).toISOString(),
  });
  const fields = { file: file.name, reason };
  if (moved.ok) log.warn("account file moved to trash", fields);
  else log.error(`cannot move to trash: ${moved.error}`, fields);
  return moved;
}

async function move(
  dir: string,
  file: FoundFile,
  notes: Readonly<Record<string, string>>,
): Promise<Result<void, string>> {
  const bytes = withValues(file.bytes, notes);
  if (!bytes.ok) return bytes;
  const trash = join(dir, "trash");
  try {
    await ensureDir(trash, { mode: 0o700 });
    const target = join(trash, await freeName(trash, file.name));
    const written = await writeDurably(target, bytes.value);
    return written.ok ? await removeDurably(join(dir, file.name)) : written;
  } catch (error) {
    return err(reasonOf(error));
  }
}

/** `a.json`, `a-2.json`, `a-3.json` … */
async function freeName(trash: string, name: string): Promise<string> {
  const stem = name.replace(/\.json$/i, "");
  let free = name;
  for (let n = 2; await exists(join(trash, free)); n++) {
    free = `${stem}-${n}.json`;
  }
  return free;
}
