/**
 * A cheap look at the accounts dir for what its watcher cannot see: that
 * another folder is in its place, and that the target of a link has changed.
 * Reads no file.
 */

import { join } from "@std/path";
import { isAccountName } from "./file_name.ts";

/** Texts that differ when something else is there. */
export interface Look {
  /** Which folder it is. */
  readonly folder: string;
  /** When files last came, went or changed their names. */
  readonly names: string;
  /** What the links among its files point to, and what others are like. */
  readonly targets: string;
}

export class Glance {
  readonly #dir: string;
  #listing: string | undefined;
  #looked: readonly string[] = [];

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** `closely`: not at links only, for nothing else tells of the others. */
  async look(closely = false): Promise<Look> {
    const info = await statOf(this.#dir);
    const folder = `${info?.dev}:${info?.ino}`;
    const names = `${folder}:${info?.mtime?.getTime()}`;
    // A folder is listed only after a change, or five hundred files would be
    // listed all day long.
    const listing = `${closely} ${names}`;
    if (listing !== this.#listing) {
      this.#looked = await namesIn(this.#dir, closely);
    }
    this.#listing = listing;
    const targets: string[] = [];
    for (const name of this.#looked) {
      const target = await statOf(join(this.#dir, name));
      targets.push(
        `${target?.dev}:${target?.ino}:${target?.size}:${target?.mtime?.getTime()}`,
      );
    }
    return { folder, names, targets: targets.join(" ") };
  }
}

async function namesIn(
  dir: string,
  closely: boolean,
): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isSymlink } of Deno.readDir(dir)) {
      if (isSymlink || closely && isAccountName(name)) names.push(name);
    }
  } catch {
    // The scan reports a folder that cannot be read.
  }
  return names.sort();
}

function statOf(path: string): Promise<Deno.FileInfo | undefined> {
  return Deno.stat(path).catch(() => undefined);
}
