/**
 * Two file system functions with the signatures of `@std/fs`, which has no
 * npm build. The only addition is `mode` of `ensureDir`.
 */

export interface EnsureDirOptions {
  /** Mode of new folders; existing ones keep theirs. */
  readonly mode?: number;
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
