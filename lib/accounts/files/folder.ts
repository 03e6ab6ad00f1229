/**
 * The folder of account files: makes it, lists it, reads one file of it.
 *
 * Does not decide which account a file belongs to (`match.ts`).
 */

import { ensureDir, exists } from "@std/fs";
import { dirname, isAbsolute, join } from "@std/path";
import { MAX_ACCOUNT_FILE_BYTES, RESERVED_BYTES } from "../../limits.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Log } from "../../runtime.ts";
import { reasonOf, removeLeftovers, tryWrite } from "./durable.ts";
import { type AccountFile, parseAccountFile, TOO_LARGE } from "./file.ts";
import { isAccountName } from "./file_name.ts";
import { NO_FILE, readRegularFile } from "./regular_file.ts";

/** A file of the folder: an account, or why it is not one. */
export interface FoundFile {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly bytes: Uint8Array;
  /** Set if the disk did not show the file, so its contents are unknown. */
  readonly unreadable?: true;
  /** Whether it is a link whose target was removed: its account goes, too. */
  readonly isRemoved?: boolean;
  readonly parsed: Result<AccountFile, string>;
}

/** Makes the folder if need be (mode 0700) and clears leftovers of a crash. */
export async function openFolder(
  dir: string,
  log: Log,
): Promise<Result<void, string>> {
  try {
    if (!await exists(dir)) await ensureDir(dir, { mode: 0o700 });
    const leftovers = await removeLeftovers(dir);
    if (leftovers > 0) log.warn("leftover files removed", { leftovers });
    await warnIfShared(dir, log);
    await warnIfReadOnly(dir, log);
    return ok(undefined);
  } catch (error) {
    const reason = reasonOf(error) + hintFor(error);
    return err(`Cannot use --accounts-dir "${dir}": ${reason}`);
  }
}

function hintFor(error: unknown): string {
  if (error instanceof Deno.errors.PermissionDenied) {
    return "; make sure that this user may read and write it";
  }
  const isFile = error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.AlreadyExists;
  return isFile ? "; name a folder" : "";
}

async function warnIfShared(dir: string, log: Log): Promise<void> {
  const { mode } = await Deno.stat(dir);
  // Windows has no mode.
  if (mode === null || (mode & 0o077) === 0) return;
  log.warn("others can read the accounts dir; chmod 700 it", { dir });
}

/** Warns at the start rather than when the first refresh fails. */
async function warnIfReadOnly(dir: string, log: Log): Promise<void> {
  const written = await writeProbe(dir);
  if (written.ok) return;
  log.error(
    "accounts dir cannot be written: no account can be refreshed; " +
      "make it writable, or make room on its disk",
    { dir, reason: written.error },
  );
}

/**
 * Whether a refresh could be noted there: on a full disk a file can be made,
 * but nothing written into it.
 */
export function writeProbe(dir: string): Promise<Result<void, string>> {
  return tryWrite(dir, RESERVED_BYTES);
}

/**
 * Every `*.json` directly in the folder, sorted by name. A folder that is not
 * there has no files; one that cannot be read is an error.
 */
export async function listFolder(
  dir: string,
): Promise<Result<readonly FoundFile[], string>> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(dir)) {
      if (!isDirectory && isAccountName(name)) names.push(name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return ok([]);
    return err(reasonOf(error));
  }
  const files: FoundFile[] = [];
  for (const name of names.sort()) {
    const file = await readAccountFile(dir, name);
    if (file !== undefined) files.push(file);
  }
  return ok(files);
}

/** One file; undefined if it is not there. */
export async function readAccountFile(
  dir: string,
  name: string,
): Promise<FoundFile | undefined> {
  const path = join(dir, name);
  try {
    const read = await readRegularFile(path, MAX_ACCOUNT_FILE_BYTES);
    const { birthtime, mtime, isDirectory } = read.info;
    const createdAt = (birthtime ?? mtime)?.getTime() ?? 0;
    const bytes = new Uint8Array();
    switch (read.kind) {
      case "other":
        // A folder is ignored; a FIFO or a device is reported, as it has the
        // name of an account file.
        return isDirectory ? undefined : hidden(name, NO_FILE);
      case "large":
        return { name, createdAt, bytes, parsed: err(TOO_LARGE) };
      case "file":
        return {
          name,
          createdAt,
          bytes: read.bytes,
          parsed: parseAccountFile(read.bytes),
        };
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      return hidden(name, `file cannot be read: ${reasonOf(error)}`);
    }
    const link = await Deno.lstat(path).catch(() => undefined);
    if (!link?.isSymlink) return undefined;
    const isRemoved = await isMissingInItsFolder(path);
    return { ...hidden(name, AWAY), isRemoved };
  }
}

/**
 * Whether the target of the link is missing from a folder that is there: Codex
 * removes its `auth.json` at a sign-out. A missing folder may be on another
 * disk, or where this process cannot see it.
 */
async function isMissingInItsFolder(link: string): Promise<boolean> {
  try {
    const target = await Deno.readLink(link);
    const folder = isAbsolute(target)
      ? dirname(target)
      : join(dirname(link), dirname(target));
    return (await Deno.stat(folder)).isDirectory;
  } catch {
    return false;
  }
}

const AWAY = "the target of the link is missing; if it exists, install the " +
  "service again, so that it may read the new target";

function hidden(name: string, reason: string): FoundFile {
  const bytes = new Uint8Array();
  return { name, createdAt: 0, bytes, unreadable: true, parsed: err(reason) };
}
