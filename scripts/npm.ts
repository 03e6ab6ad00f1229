/**
 * `deno task npm [--output DIR]`: makes the npm package, `codaze-VERSION.tgz`.
 *
 * It holds the program as a bundle, and a launcher: the runtime is the npm
 * package `deno`. Nothing is run when it is installed.
 */
import { parseArgs } from "@std/cli";
import { ensureDir } from "@std/fs";
import { join } from "@std/path";
import denoJson from "../deno.json" with { type: "json" };
import { ok, type Result } from "../lib/result.ts";
import { runProgram } from "./compile/command.ts";
import { readDenoFolders } from "./compile/deno_folders.ts";
import { licencesText } from "./compile/licences.ts";
import { readPackages } from "./compile/packages.ts";
import { readSource } from "./compile/source.ts";
import { stage } from "./compile/stage.ts";
import { bundle } from "./npm/bundle.ts";

const ROOT = join(import.meta.dirname ?? ".", "..");
const LAUNCHER = join(ROOT, "scripts", "npm", "launcher.cjs");
const TEXTS = ["README.md", "LICENSE"];

async function main(args: readonly string[]): Promise<number> {
  const { output, _: [stray] } = parseArgs([...args], { string: ["output"] });
  if (stray !== undefined || output === "") {
    return complain("usage: deno task npm [--output DIR]", 2);
  }
  const folder = output ?? "dist";
  await ensureDir(folder);
  const staged = await Deno.makeTempDir({ prefix: "codaze-npm-" });
  try {
    const filled = await fill(join(staged, "package"));
    if (!filled.ok) return complain(filled.error, 1);
    const packed = await runProgram("npm", [
      "pack",
      join(staged, "package"),
      ...["--pack-destination", folder, "--silent"],
    ], { cwd: Deno.cwd() });
    if (!packed.ok || packed.value.code !== 0) {
      return complain(packed.ok ? packed.value.stderr : packed.error, 1);
    }
    // deno-lint-ignore no-console
    console.log(join(folder, packed.value.stdout.trim()));
    return 0;
  } finally {
    await Deno.remove(staged, { recursive: true });
  }
}

function complain(message: string, code: number): number {
  // deno-lint-ignore no-console
  console.error(message);
  return code;
}

/** Writes the files of the package, or says why it cannot. */
export async function fill(folder: string): Promise<Result<void, string>> {
  const folders = await readDenoFolders(ROOT);
  if (!folders.ok) return folders;
  const { denoDir, npmCache } = folders.value;
  const lock = await Deno.readTextFile(join(ROOT, "deno.lock"));
  const packages = await readPackages(lock, npmCache);
  if (!packages.ok) return packages;
  const source = await readSource(ROOT);
  await using staged = await stage({
    root: ROOT,
    denoDir,
    packages: packages.value,
    source,
  });
  // Beside package.json, Deno would take its dependencies for the program's.
  const bundled = await bundle(staged, join(folder, "program"));
  if (!bundled.ok) return bundled;
  await Deno.writeTextFile(join(folder, "program", "deno.json"), CONFIG);
  for (const name of TEXTS) {
    await Deno.copyFile(join(ROOT, name), join(folder, name));
  }
  await Deno.writeTextFile(
    join(folder, "THIRD_PARTY_LICENSES.md"),
    licencesText(packages.value, Deno.version.deno),
  );
  await ensureDir(join(folder, "bin"));
  const launcher = await Deno.readTextFile(LAUNCHER);
  await Deno.writeTextFile(
    join(folder, "bin", "codaze.cjs"),
    launcher.replace("@START@", () => denoJson.tasks.start),
    { mode: 0o755 },
  );
  await Deno.writeTextFile(
    join(folder, "package.json"),
    `${JSON.stringify(packageJson(), null, 2)}\n`,
  );
  return ok(undefined);
}

/** How Deno runs the bundle, which needs no package. */
const CONFIG = JSON.stringify({
  nodeModulesDir: denoJson.nodeModulesDir,
  unstable: denoJson.unstable,
  lock: false,
});

/** `deno` is the version that the documents name, and that CI runs. */
export function packageJson(): Readonly<Record<string, unknown>> {
  return {
    name: "codaze",
    version: denoJson.version,
    description: "A local gateway for your own ChatGPT accounts",
    license: "Apache-2.0",
    type: "commonjs",
    bin: { codaze: "bin/codaze.cjs" },
    engines: { node: ">=18" },
    dependencies: { deno: "2.9.6" },
    files: ["bin", "program", "THIRD_PARTY_LICENSES.md"],
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
