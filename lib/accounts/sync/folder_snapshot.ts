/**
 * A cheap look at the accounts dir for what its watcher cannot see: another
 * folder in its place, or a changed target of a link. Reads no file.
 */

import { join } from "@std/path";
import { isAccountName } from "../files/file_name.ts";

/** Each value changes when what it stands for changes. */
export interface FolderSnapshot {
  /** The folder itself. */
  readonly folder: string;
  /** When files were last added, removed or renamed. */
  readonly names: string;
  /** The state of the targets of links; in a close look, of all accounts. */
  readonly targets: string;
}

export class FolderSnapshots {
  readonly #dir: string;
  #listing: string | undefined;
  #looked: readonly string[] = [];

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** `closely`: at all account files, because no events tell about them. */
  async take(closely = false): Promise<FolderSnapshot> {
    const info = await statOf(this.#dir);
    const folder = `${info?.dev}:${info?.ino}`;
    const names = `${folder}:${info?.mtime?.getTime()}`;
    // Listed only after a change: listing five hundred files at every look
    // would be a waste.
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
