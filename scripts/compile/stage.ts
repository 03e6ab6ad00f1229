/**
 * A copy of what is compiled, in a temporary folder: all files have the same
 * time and mode, the commit is filled in, and npm packages have only files that
 * can be loaded. Deno would embed the original times and, for other files, an
 * error with a path of this machine.
 */
import { ensureDir } from "@std/fs";
import { join } from "@std/path";
import type { Package } from "./packages.ts";
import { COMPILED, type Source } from "./source.ts";

export interface StageOptions {
  /** The checkout. */
  readonly root: string;
  /** Deno's folder, with `npm` and perhaps `dl` in it. */
  readonly denoDir: string;
  readonly packages: readonly Package[];
  readonly source: Source;
}

export interface Stage extends AsyncDisposable {
  /** Where to run `deno compile`. */
  readonly root: string;
  /** `DENO_DIR` for `deno compile`. */
  readonly denoDir: string;
  /** Where Deno keeps base runtimes, next to the npm cache. */
  readonly downloads: string;
}

export async function stage(options: StageOptions): Promise<Stage> {
  const folder = await Deno.makeTempDir({ prefix: "codaze-compile-" });
  const remove = () => Deno.remove(folder, { recursive: true });
  const root = join(folder, "tree");
  const denoDir = join(folder, "deno");
  const downloads = join(options.denoDir, "dl");
  try {
    await stageTree(options, root);
    await copyPackages(options, denoDir);
    await ensureDir(downloads);
    // A link, so that a base runtime that is fetched now is kept.
    await Deno.symlink(downloads, join(denoDir, "dl"), { type: "junction" });
  } catch (error) {
    await remove();
    throw error;
  }
  return { root, denoDir, downloads, [Symbol.asyncDispose]: remove };
}

/** The file that holds the commit. */
const BUILD = join("lib", "cli", "process", "build.ts");

/** The program's own files, with its commit filled in. */
export async function stageTree(
  { root, source }: Pick<StageOptions, "root" | "source">,
  to: string,
): Promise<void> {
  await Deno.mkdir(to);
  for (const name of COMPILED) {
    await copy(join(root, name), join(to, name), source.time, () => true);
  }
  const text = await Deno.readTextFile(join(root, BUILD));
  await write(join(to, BUILD), withCommit(text, source.commit), source.time);
}

/** Writes the commit into the text of `lib/cli/process/build.ts`. */
export function withCommit(text: string, commit: string | undefined): string {
  const value = commit === undefined ? "undefined" : JSON.stringify(commit);
  const replaced = text.replace(/= undefined;$/m, `= ${value};`);
  if (commit !== undefined && replaced === text) {
    throw new Error(`odd ${BUILD}`);
  }
  return replaced;
}

const LOADABLE = /\.(js|mjs|cjs|json|wasm)$/;

async function copyPackages(
  { denoDir, packages, source }: StageOptions,
  to: string,
): Promise<void> {
  await Deno.mkdir(to);
  for (const { folder } of packages) {
    await copy(
      join(denoDir, "npm", folder),
      join(to, "npm", folder),
      source.time,
      (name) => LOADABLE.test(name),
    );
  }
}

async function copy(
  from: string,
  to: string,
  time: number,
  wanted: (name: string) => boolean,
): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (!isDirectory) return await write(to, await Deno.readFile(from), time);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (!isDirectory && !wanted(name)) continue;
    await copy(join(from, name), join(to, name), time, wanted);
  }
}

async function write(
  path: string,
  data: Uint8Array | string,
  time: number,
): Promise<void> {
  const bytes = typeof data === "string"
    ? new TextEncoder().encode(data)
    : data;
  await Deno.writeFile(path, bytes, { mode: 0o644 });
  await Deno.utime(path, time, time);
}
