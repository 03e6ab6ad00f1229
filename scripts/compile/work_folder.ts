/**
 * Files in the making, in a hidden folder beside where they go: all of them
 * move there at the end, or none.
 */
import { ensureDir, exists } from "@std/fs";
import { join } from "@std/path";

export interface WorkFolder extends AsyncDisposable {
  readonly path: string;
  /** Moves files into the output folder, over those of the same name. */
  publish(names: readonly string[]): Promise<void>;
}

/** Disposing of it removes what was not published, and an empty output. */
export async function openWorkFolder(output: string): Promise<WorkFolder> {
  const made = !await exists(output);
  await ensureDir(output);
  const path = await Deno.makeTempDir({
    // `deno compile` is run elsewhere.
    dir: await Deno.realPath(output),
    prefix: ".compile-",
  });
  let published = false;
  return {
    path,
    async publish(names) {
      published = true;
      for (const name of names) {
        await Deno.rename(join(path, name), join(output, name));
      }
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(path, { recursive: true });
      if (made && !published) await Deno.remove(output);
    },
  };
}
