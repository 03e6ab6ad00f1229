/**
 * Builds one target: the executable with `deno compile`, and its archive.
 */
import { join } from "@std/path";
import { err, ok, type Result } from "../../lib/result.ts";
import { compileArguments } from "./arguments.ts";
import { lacksBaseRuntime, unreachable } from "./base_runtime.ts";
import { runProgram } from "./command.ts";
import { compress } from "./compress.ts";
import type { Stage } from "./stage.ts";
import { type ArchiveEntry, tar } from "./tar.ts";
import { executableName, isWindows, type Target } from "./targets.ts";
import { zip } from "./zip.ts";

export interface BuildOptions {
  readonly stage: Stage;
  /** Where the executable is written. */
  readonly folder: string;
  /** The flags of the `start` task. */
  readonly flags: readonly string[];
  /** The environment for `deno compile`. */
  readonly env: Readonly<Record<string, string>>;
  /** The time of all files in the archive, in seconds since the epoch. */
  readonly time: number;
  /** The other files of the archive. */
  readonly texts: readonly ArchiveEntry[];
}

/** Returns the bytes of the archive. */
export async function build(
  target: Target,
  options: BuildOptions,
): Promise<Result<Uint8Array<ArrayBuffer>, string>> {
  const { folder, time, texts } = options;
  const name = executableName(target);
  const compiled = await compileExecutable(target, options);
  if (!compiled.ok) return compiled;
  const data = await Deno.readFile(join(folder, name));
  const entries = [{ name, data, executable: true }, ...texts];
  return ok(
    isWindows(target)
      ? await zip(entries, time)
      : await compress(tar(entries, time), "gzip"),
  );
}

async function compileExecutable(
  target: Target,
  { stage, folder, flags, env }: BuildOptions,
): Promise<Result<void, string>> {
  const output = join(folder, executableName(target));
  const ended = await runProgram(
    "deno",
    compileArguments({ flags, target, output }),
    { cwd: stage.root, env: { ...env, DENO_DIR: stage.denoDir } },
  );
  if (!ended.ok) return ended;
  const { code, stderr } = ended.value;
  if (code === 0) return ok(undefined);
  return err(
    lacksBaseRuntime(stderr)
      ? unreachable(target, stage.downloads, stderr)
      : `Cannot compile for ${target}:\n${stderr.trim()}`,
  );
}
