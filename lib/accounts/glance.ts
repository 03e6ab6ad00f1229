/**
 * A cheap look at the accounts dir for what its watcher cannot see: that
 * another folder is in its place, and that the target of a link has changed.
 * Reads no file.
 */

import { join } from "@std/path";

/** Texts that differ when something else is there. */
export interface Look {
  /** Which folder it is. */
  readonly folder: string;
  /** When files last came, went or changed their names. */
  readonly names: string;
  /** What the links among its files point to. */
  readonly targets: string;
}

export class Glance {
  readonly #dir: string;
  #names: string | undefined;
  #links: readonly string[] = [];

  constructor(dir: string) {
    this.#dir = dir;
  }

  async look(): Promise<Look> {
    const info = await statOf(this.#dir);
    const folder = `${info?.dev}:${info?.ino}`;
    const names = `${folder}:${info?.mtime?.getTime()}`;
    // A folder is listed only after a change, or five hundred files would be
    // listed all day long.
    if (names !== this.#names) this.#links = await linksIn(this.#dir);
    this.#names = names;
    const targets: string[] = [];
    for (const name of this.#links) {
      const target = await statOf(join(this.#dir, name));
      targets.push(
        `${target?.dev}:${target?.ino}:${target?.size}:${target?.mtime?.getTime()}`,
      );
    }
    return { folder, names, targets: targets.join(" ") };
  }
}

async function linksIn(dir: string): Promise<readonly string[]> {
  const links: string[] = [];
  try {
    for await (const { name, isSymlink } of Deno.readDir(dir)) {
      if (isSymlink) links.push(name);
    }
  } catch {
    // The scan reports a folder that cannot be read.
  }
  return links.sort();
}

function statOf(path: string): Promise<Deno.FileInfo | undefined> {
  return Deno.stat(path).catch(() => undefined);
}
