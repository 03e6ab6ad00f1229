/**
 * `deno task e2e`: runs the end-to-end tests with the real clients.
 *
 * Installs the clients once, with npm, into a folder outside the repository
 * (400 MB). `CODAZE_E2E_CACHE` names another folder, `CODAZE_E2E_CODEX` another
 * Codex program, of any version. Further arguments go to `deno test`; file
 * names among them replace the list of all files.
 */
import { exists } from "@std/fs";
import { join } from "@std/path";

const CODEX_VERSION = "0.171.0";
const OPENAI_VERSION = "7.57.0";
const TESTS = "tests/e2e";

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const cache = await cacheFolder();
  const installed = await install(cache);
  if (installed !== 0) return installed;

  const named = Deno.env.get("CODAZE_E2E_CODEX");
  const codex = named ? await Deno.realPath(named) : await codexProgram(cache);
  const chosen = args.some((arg) => arg.startsWith(`${TESTS}/`));
  const files = chosen ? [] : await testFiles();
  return await run(Deno.execPath(), [
    "test",
    "--preload=tests/support/limit.ts",
    "--parallel",
    "--trace-leaks",
    "--no-prompt",
    "--allow-net=127.0.0.1",
    "--allow-env",
    "--allow-read",
    "--allow-write",
    // Codex, the SDK's program, and what the tests of `demo` run.
    `--allow-run=${codex},node,sh,deno,${Deno.execPath()}`,
    ...args,
    ...files,
  ], {
    CODAZE_E2E_CODEX: codex,
    CODAZE_E2E_MODULES: cache,
    DENO_DIR: await denoDir(),
  });
}

/** One folder per set of versions, so that new versions install afresh. */
async function cacheFolder(): Promise<string> {
  const named = Deno.env.get("CODAZE_E2E_CACHE");
  const parent = named ?? Deno.env.get("TMPDIR") ?? Deno.env.get("TEMP") ??
    "/tmp";
  const folder = join(
    parent,
    `codaze-e2e-codex-${CODEX_VERSION}-openai-${OPENAI_VERSION}`,
  );
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid } = await Deno.stat(folder);
  // We run programs from this folder, so it must be ours.
  if (named === undefined && uid !== null && uid !== Deno.uid()) {
    throw new Error(`${folder} belongs to somebody else; set CODAZE_E2E_CACHE`);
  }
  return folder;
}

/** Returns npm's exit code, or 0 if everything is installed already. */
async function install(cache: string): Promise<number> {
  const done = join(cache, "installed");
  if (await exists(done)) return 0;

  const started = performance.now();
  const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
  const code = await run(npm, [
    "install",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--save-exact",
    `--prefix=${cache}`,
    `@openai/codex@${CODEX_VERSION}`,
    `openai@${OPENAI_VERSION}`,
  ]);
  if (code !== 0) return code;
  await Deno.writeTextFile(done, "");
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  say(`installed the clients into ${cache} in ${seconds} s`);
  return 0;
}

/**
 * The program itself, `@openai/codex-<platform>/vendor/<target>/bin/codex`. Not
 * its launcher, because killing that does not end the program.
 */
async function codexProgram(cache: string): Promise<string> {
  const scope = join(cache, "node_modules", "@openai");
  for await (const { name } of Deno.readDir(scope)) {
    if (!name.startsWith("codex-")) continue;
    const vendor = join(scope, name, "vendor");
    for await (const target of Deno.readDir(vendor)) {
      const suffix = Deno.build.os === "windows" ? ".exe" : "";
      return join(vendor, target.name, "bin", `codex${suffix}`);
    }
  }
  throw new Error(`${cache} has no Codex for this platform`);
}

async function testFiles(): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(TESTS));
  return entries.filter(({ isFile, name }) => isFile && name.endsWith(".ts"))
    .map(({ name }) => `${TESTS}/${name}`).toSorted();
}

/** Deno's cache, for the `demo` that runs in another home folder. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
    stdin: "null",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const child = new Deno.Command(program, {
    args: [...args],
    env: { ...env },
    stdin: "null",
  }).spawn();
  return (await child.status).code;
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}
