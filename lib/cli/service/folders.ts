/**
 * Counts the folders that an installation makes, and removes them again: only
 * those that it made, and only if they are empty.
 */
import { dirname } from "@std/path";
import { exists } from "@std/fs";
import type { MadeFolders } from "./plan.ts";

/** How many folders have to be made for `dir`, including itself. */
export async function countMissing(dir: string): Promise<number> {
  const up = dirname(dir);
  if (up === dir || await exists(dir)) return 0;
  return 1 + await countMissing(up);
}

/** Adds the folders made now to those made before. */
export function addMade(
  before: readonly MadeFolders[],
  now: readonly MadeFolders[],
): readonly MadeFolders[] {
  const counts = new Map(before.map(({ dir, count }) => [dir, count]));
  for (const { dir, count } of now) {
    counts.set(dir, (counts.get(dir) ?? 0) + count);
  }
  return [...counts].flatMap(([dir, count]) => count > 0 ? { dir, count } : []);
}

export async function removeMade(
  made: readonly MadeFolders[],
): Promise<void> {
  for (const { dir, count } of made) {
    let at = dir;
    for (let left = count; left > 0; left--) {
      if (!await removeIfEmpty(at)) break;
      at = dirname(at);
    }
  }
}

/** Returns whether the folder is gone. */
export async function removeIfEmpty(dir: string): Promise<boolean> {
  try {
    // Without `recursive`, `remove` leaves a folder that is not empty.
    await Deno.remove(dir);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}
