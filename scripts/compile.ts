/**
 * `deno task compile`: builds executables, archives, checksums and the bill of
 * materials. If any target fails, no file is left.
 */
import { join } from "@std/path";
import denoJson from "../deno.json" with { type: "json" };
import { ok, type Result } from "../lib/result.ts";
import { flagsOfTask } from "./compile/arguments.ts";
import { baseRuntimeEnvironment } from "./compile/base_runtime.ts";
import { readDenoFolders } from "./compile/deno_folders.ts";
import { licencesText } from "./compile/licences.ts";
import { type CompileOptions, readOptions, USAGE } from "./compile/options.ts";
import { type Package, readPackages } from "./compile/packages.ts";
import { writeReleaseFiles } from "./compile/release_files.ts";
import { readSource } from "./compile/source.ts";
import { stage } from "./compile/stage.ts";
import type { ArchiveEntry } from "./compile/tar.ts";
import { openWorkFolder } from "./compile/work_folder.ts";
import { sbom } from "./sbom.ts";

const ROOT = join(import.meta.dirname ?? ".", "..");

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, Deno.build.target);
  if (!options.ok) return complain(options.error, 2);
  if (options.value.help) {
    say(USAGE);
    return 0;
  }
  const names = await compile(options.value);
  if (!names.ok) return complain(names.error, 1);
  for (const name of names.value) say(join(options.value.output, name));
  return 0;
}

/** Returns the names of the files that were written to the output folder. */
async function compile(
  { targets, output }: CompileOptions,
): Promise<Result<readonly string[], string>> {
  const env = await baseRuntimeEnvironment(targets, Deno.env.get("DENORT_BIN"));
  if (!env.ok) return env;
  const flags = flagsOfTask(denoJson.tasks.start);
  if (!flags.ok) return flags;
  const folders = await readDenoFolders(ROOT);
  if (!folders.ok) return folders;
  const { denoDir, npmCache } = folders.value;
  const lock = await Deno.readTextFile(join(ROOT, "deno.lock"));
  const read = await readPackages(lock, npmCache);
  if (!read.ok) return read;
  const packages = read.value;
  const source = await readSource(ROOT);
  const bill = sbom({
    version: denoJson.version,
    denoVersion: Deno.version.deno,
    source,
    packages,
  });

  await using staged = await stage({ root: ROOT, denoDir, packages, source });
  await using work = await openWorkFolder(output);
  const names = await writeReleaseFiles(targets, bill, {
    stage: staged,
    folder: work.path,
    flags: flags.value,
    env: env.value,
    time: source.time,
    texts: await readTexts(packages),
  });
  if (!names.ok) return names;
  await work.publish(names.value);
  return ok(names.value);
}

/** What an archive holds in addition to the executable. */
async function readTexts(
  packages: readonly Package[],
): Promise<readonly ArchiveEntry[]> {
  const licences = licencesText(packages, Deno.version.deno);
  const texts = [
    ["LICENSE", await Deno.readTextFile(join(ROOT, "LICENSE"))],
    ["README.md", await Deno.readTextFile(join(ROOT, "README.md"))],
    ["THIRD_PARTY_LICENSES.md", licences],
  ] as const;
  return texts.map(([name, text]) => ({
    name,
    data: new TextEncoder().encode(text),
    executable: false,
  }));
}

function say(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}

function complain(message: string, code: number): number {
  // deno-lint-ignore no-console
  console.error(`compile: ${message}`);
  return code;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
