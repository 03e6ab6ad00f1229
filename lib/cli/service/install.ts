/**
 * Writes the files of the service. Installing the same wish again changes
 * nothing, and what a person wrote is kept unless forced. Starts nothing.
 */
import { dirname } from "@std/path";
import { ensureDir } from "@std/fs";
import { reasonOf } from "../../accounts/files/durable.ts";
import { err, ok, type Result } from "../../result.ts";
import {
  find,
  type Found,
  isSame,
  mayReplace,
  remove,
  write,
} from "./files.ts";
import { addMade, countMissing, removeMade } from "./folders.ts";
import type { Manager, ServiceFile } from "./manager.ts";
import type { Plan, Wish } from "./plan.ts";
import { madeOf, wishOf } from "./record.ts";

export interface Installed {
  readonly kind: "installed" | "updated" | "unchanged";
  readonly path: string;
  /** Flags and variables that the service had before and no longer has. */
  readonly dropped: readonly string[];
}

export interface InstallOptions {
  readonly manager: Manager;
  /** Whether to replace what a person wrote. */
  readonly force: boolean;
}

export async function install(
  plan: Plan,
  { manager, force }: InstallOptions,
): Promise<Result<Installed, string>> {
  const path = manager.unitPath(plan.places);
  const secretsPath = manager.secretsPath(plan.places);
  const unitThere = await findMine(path, force);
  if (!unitThere.ok) return unitThere;
  const secretsThere = await findMine(secretsPath, force);
  if (!secretsThere.ok) return secretsThere;

  const folders = foldersOf(plan, manager);
  const now = await Promise.all(
    folders.map(async ({ dir }) => ({ dir, count: await countMissing(dir) })),
  );
  const { value: before } = unitThere;
  const record = before.kind === "made" ? before.record : {};
  const unit = manager.unit(plan, addMade(madeOf(record), now));
  const secrets = manager.secrets(plan);
  const wanted = new Set(wordsOf(plan.wish));
  const dropped = wordsOf(wishOf(record)).filter((word) => !wanted.has(word));

  const isThere = isSame(before, unit) && isSame(secretsThere.value, secrets);
  const isReady = now.every(({ count }) => count === 0);
  if (isThere && isReady) return ok({ kind: "unchanged", path, dropped });

  const written = await writeAll([secrets, unit], folders);
  if (!written.ok) {
    if (secretsThere.value.kind === "absent") await remove(secrets?.path);
    await removeMade(now);
    return written;
  }
  if (secrets === undefined) {
    const removed = await remove(secretsPath);
    if (!removed.ok) return removed;
  }
  const kind = before.kind === "absent" ? "installed" : "updated";
  return ok({ kind, path, dropped });
}

/** Variables by their names alone: a value may be a secret. */
function wordsOf({ flags, environment, secrets }: Wish): readonly string[] {
  const names = Object.keys({ ...environment, ...secrets });
  return [...names.map((name) => `--env ${name}`), ...flags];
}

/** An error if a person wrote the file and `force` is not set. */
async function findMine(
  path: string | undefined,
  force: boolean,
): Promise<Result<Found, string>> {
  if (path === undefined) return ok({ kind: "absent" });
  const found = await find(path);
  if (!found.ok || force) return found;
  const mine = mayReplace(path, found.value);
  return mine.ok ? found : mine;
}

interface Folder {
  readonly dir: string;
  readonly mode?: number;
}

function foldersOf(plan: Plan, manager: Manager): readonly Folder[] {
  const unit = { dir: dirname(manager.unitPath(plan.places)) };
  const accounts = { dir: plan.accountsDir, mode: 0o700 };
  return manager.needsAccountsDir ? [unit, accounts] : [unit];
}

async function writeAll(
  files: readonly (ServiceFile | undefined)[],
  folders: readonly Folder[],
): Promise<Result<void, string>> {
  for (const { dir, ...options } of folders) {
    try {
      await ensureDir(dir, options);
    } catch (error) {
      return err(`Cannot make the folder "${dir}": ${reasonOf(error)}`);
    }
  }
  for (const file of files) {
    const written = file === undefined ? ok(undefined) : await write(file);
    if (!written.ok) return written;
  }
  return ok(undefined);
}
