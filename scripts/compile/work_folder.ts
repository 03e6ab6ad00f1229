/**
 * A hidden folder inside the output folder for files in the making. At the end
 * all of them move to the output folder, or none.
 */
import { ensureDir, exists } from "@std/fs";
import { join } from "@std/path";

export interface WorkFolder extends AsyncDisposable {
  readonly path: string;
  /** Moves files to the output folder, replacing those of the same name. */
  publish(names: readonly string[]): Promise<void>;
}

/** Disposal removes what was not published, and an output folder left empty. */
export async function openWorkFolder(output: string): Promise<WorkFolder> {
  const made = !await exists(output);
  await ensureDir(output);
  const path = await Deno.makeTempDir({
    // Absolute, because `deno compile` runs in another folder.
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
