/**
 * Writes the files of a release: per target an archive and its checksum, the
 * bill of materials, and one file with all checksums.
 */
import { join } from "@std/path";
import { ok, type Result } from "../../lib/result.ts";
import { build, type BuildOptions } from "./build.ts";
import { checksumLine } from "./checksums.ts";
import { archiveName, executableName, type Target } from "./targets.ts";

export const SBOM = "codaze.cdx.json";
export const SUMS = "SHA256SUMS";

/** Returns the names of the files, which are in `options.folder`. */
export async function writeReleaseFiles(
  targets: readonly Target[],
  bill: string,
  options: BuildOptions,
): Promise<Result<readonly string[], string>> {
  const { folder } = options;
  const names: string[] = [];
  let sums = "";
  const write = async (name: string, data: Uint8Array<ArrayBuffer>) => {
    await Deno.writeFile(join(folder, name), data);
    names.push(name);
    const line = await checksumLine(name, data);
    sums += line;
    return line;
  };
  for (const target of targets) {
    const archive = await build(target, options);
    if (!archive.ok) return archive;
    const name = archiveName(target);
    const line = await write(name, archive.value);
    await Deno.writeTextFile(join(folder, `${name}.sha256`), line);
    names.push(`${name}.sha256`);
  }
  await write(SBOM, new TextEncoder().encode(bill));
  await Deno.writeTextFile(join(folder, SUMS), sums);
  // With one target, also keep the executable, ready to run. Not with several,
  // because executables are three times as large as their archives.
  const [only, ...others] = targets;
  const executable = only !== undefined && others.length === 0
    ? [executableName(only)]
    : [];
  return ok([...executable, ...names, SUMS]);
}
