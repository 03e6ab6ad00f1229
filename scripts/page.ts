/**
 * `deno task page`: opens the page in a Chromium without a window and tests it.
 *
 * Takes the Chromium that is installed (Debian: `apt-get install chromium`), or
 * the one that `CODAZE_CHROMIUM` names, and fetches axe-core from npm. Where
 * there is no Chromium it says so and fails, unless `--if-any` is given: then it
 * ends well, with a line that tells what was left out. Further arguments go to
 * `deno test`; file names among them replace the list of all files.
 */
import { join } from "@std/path";
import { findChromium } from "../tests/page/chromium.ts";

const TESTS = "tests/page";
const FILES = ["load", "live", "actions", "security", "access", "fuzz"];
const AXE_VERSION = "4.14.1";

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const chromium = await findChromium();
  if (chromium === undefined) {
    const line = "No Chromium here, so the page was not opened in a browser: " +
      "apt-get install chromium, or name one with CODAZE_CHROMIUM.";
    // deno-lint-ignore no-console
    console.error(line);
    if (!args.includes("--if-any")) return 1;
    // deno-lint-ignore no-console
    console.log(
      `ok | 0 passed | 0 failed | ${FILES.length} ignored (no Chromium)`,
    );
    return 0;
  }
  const folder = await Deno.makeTempDir({ prefix: "codaze-page-" });
  try {
    const axe = join(folder, "axe.js");
    if (!await fetchAxe(axe)) return 1;
    const rest = args.filter((arg) => arg !== "--if-any");
    const chosen = rest.some((arg) => arg.startsWith(`${TESTS}/`));
    const files = FILES.map((name) => `${TESTS}/${name}.ts`);
    return await run([
      "test",
      "--preload=tests/support/limit.ts",
      "--trace-leaks",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      "--allow-env",
      "--allow-read",
      "--allow-write",
      `--allow-run=${chromium}`,
      ...rest,
      ...chosen ? [] : files,
    ], { CODAZE_CHROMIUM: chromium, CODAZE_AXE: axe });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Outside of the lock file: what is in there ends up in executables. */
async function fetchAxe(path: string): Promise<boolean> {
  const code = `import axe from "npm:axe-core@${AXE_VERSION}";
    await Deno.writeTextFile(${JSON.stringify(path)}, axe.source);`;
  return await run(["eval", "--no-lock", "--no-config", code]) === 0;
}

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { ...env },
    stdin: "null",
  });
  return (await command.spawn().status).code;
}
