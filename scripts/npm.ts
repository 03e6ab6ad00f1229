/**
 * `deno task npm [--output DIR]`: makes the npm package, `codaze-VERSION.tgz`.
 *
 * It holds the program as it is in the repository, and a launcher: the runtime
 * is the npm package `deno`. Nothing is run when it is installed.
 */
import { parseArgs } from "@std/cli";
import { ensureDir } from "@std/fs";
import { join } from "@std/path";
import denoJson from "../deno.json" with { type: "json" };
import { runProgram } from "./compile/command.ts";
import { readSource } from "./compile/source.ts";
import { stageTree } from "./compile/stage.ts";

const ROOT = join(import.meta.dirname ?? ".", "..");
const LAUNCHER = join(ROOT, "scripts", "npm", "launcher.cjs");
const TEXTS = ["README.md", "LICENSE"];

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const { output, _: [stray] } = parseArgs([...args], { string: ["output"] });
  if (stray !== undefined || output === "") {
    return complain("usage: deno task npm [--output DIR]", 2);
  }
  const folder = output ?? "dist";
  await ensureDir(folder);
  const staged = await Deno.makeTempDir({ prefix: "codaze-npm-" });
  try {
    await fill(join(staged, "package"));
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

/** The files of the package. */
async function fill(folder: string): Promise<void> {
  const source = await readSource(ROOT);
  await ensureDir(folder);
  // Beside package.json, Deno would take its dependencies for the program's.
  await stageTree({ root: ROOT, source }, join(folder, "program"));
  for (const name of TEXTS) {
    await Deno.copyFile(join(ROOT, name), join(folder, name));
  }
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
}

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
    files: ["bin", "program"],
  };
}
