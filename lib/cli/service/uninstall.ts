/**
 * Removes the service and all that was made for it: files, the link that starts
 * it, and folders that are empty now. Does not stop the gateway, and keeps the
 * accounts.
 */
import { dirname } from "@std/path";
import { exists } from "@std/fs";
import { err, ok, type Result } from "../../result.ts";
import { find, mayReplace, remove } from "./files.ts";
import { removeIfEmpty, removeMade } from "./folders.ts";
import type { Manager, StartLink } from "./manager.ts";
import type { Places } from "./plan.ts";
import { madeOf } from "./record.ts";

export interface UninstallOptions {
  readonly manager: Manager;
  readonly places: Places;
  /** Whether to remove what a person wrote. */
  readonly force: boolean;
}

/** Returns the paths that were removed. */
export async function uninstall(
  { manager, places, force }: UninstallOptions,
): Promise<Result<readonly string[], string>> {
  const path = manager.unitPath(places);
  const secretsPath = manager.secretsPath(places);
  const made: string[] = [];
  for (const one of [secretsPath, path]) {
    if (one === undefined) continue;
    const found = await find(one);
    if (!found.ok) return found;
    const mine = mayReplace(one, found.value);
    if (!mine.ok && !force) return mine;
    if (found.value.kind !== "absent") made.push(one);
  }
  const unit = await find(path);
  if (!unit.ok) return unit;
  const record = unit.value.kind === "made" ? unit.value.record : undefined;
  const left = record === undefined ? [] : manager.leftovers(places);
  const link = manager.startLink(places);
  const links = link !== undefined && await isOurs(link) ? [link.path] : [];

  const removed: string[] = [];
  for (const one of [...links, ...made, ...left]) {
    if (left.includes(one) && !await exists(one)) continue;
    const done = await remove(one);
    if (!done.ok) return err(done.error);
    removed.push(one);
    if (links.includes(one)) await removeIfEmpty(dirname(one));
  }
  if (record !== undefined) await removeMade(madeOf(record));
  return ok(removed);
}

/** Whether the link leads to our unit. */
async function isOurs({ path, target }: StartLink): Promise<boolean> {
  const leadsTo = await Deno.readLink(path).catch(() => undefined);
  if (leadsTo === target) return true;
  const real = await Deno.realPath(path).catch(() => undefined);
  const unit = await Deno.realPath(target).catch(() => undefined);
  return real !== undefined && real === unit;
}
