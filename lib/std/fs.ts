/**
 * Three file system functions with the signatures of `@std/fs`, which has no
 * npm build. The only addition is `mode` of `ensureDir`.
 */

export interface EnsureDirOptions {
  /** Mode of new folders; existing ones keep theirs. */
  readonly mode?: number;
}

export interface MoveOptions {
  /** Replaces an existing file. Default false. */
  readonly overwrite?: boolean;
}

/** Makes the folder and its parents; throws if something else is there. */
export async function ensureDir(
  dir: string | URL,
  options: EnsureDirOptions = {},
): Promise<void> {
  // Recursive `mkdir` accepts an existing folder and refuses an existing file.
  await Deno.mkdir(dir, { ...options, recursive: true });
}

/** Whether anything is there. A link counts by what it points to. */
export async function exists(path: string | URL): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // The path needs a folder where there is a file.
    if (error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/**
 * Renames within one file system. Without `overwrite` an existing target throws
 * `AlreadyExists`; not atomically, so one process must own the folder.
 */
export async function move(
  src: string | URL,
  dest: string | URL,
  options: MoveOptions = {},
): Promise<void> {
  if (options.overwrite !== true && await exists(dest)) {
    throw new Deno.errors.AlreadyExists(`Cannot move: "${dest}" exists`);
  }
  await Deno.rename(src, dest);
}
