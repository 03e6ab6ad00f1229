/**
 * `codaze import FILE…`: takes in existing sign-ins, and checks each with one
 * refresh.
 *
 * Takes no token from the command line, where the shell's history and process
 * lists would show it.
 */
import { redact } from "../../failure/redact.ts";
import { err, ok, type Result } from "../../result.ts";
import { prepareCommand } from "../process/environment.ts";
import { importOne } from "./import_one.ts";
import { STDIN } from "./import_source.ts";
import { type Options, splitOptions } from "../../config/options.ts";
import {
  fail,
  failUsage,
  print,
  printError,
  printLine,
} from "../terminal/output.ts";
import { openPool } from "../pool/open_pool.ts";
import type { Pool } from "../pool/pool.ts";

interface Wish {
  readonly files: readonly string[];
  readonly label: string | undefined;
  /** Whether to check each sign-in with a refresh. */
  readonly check: boolean;
  readonly yes: boolean;
}

export async function importFiles(args: readonly string[]): Promise<number> {
  if (args.some((arg) => /^--token(?:=|$)/.test(arg))) {
    return failUsage(NO_TOKEN);
  }
  const options = splitOptions(args, {
    strings: ["label"],
    booleans: ["no-check", "yes"],
    positionals: true,
  });
  if (!options.ok) return failUsage(options.error);
  const wish = await readWish(options.value);
  if (!wish.ok) return failUsage(wish.error);
  const context = await prepareCommand(options.value.rest);
  if (!context.ok) return failUsage(context.error);

  const { config, runtime } = context.value;
  const pool = await openPool(config, runtime);
  if (!pool.ok) return fail(pool.error);
  try {
    return await importAll(wish.value, pool.value);
  } finally {
    await pool.value.close();
  }
}

const NO_TOKEN =
  "Cannot import a token from the command line, where the shell's history keeps it: pass it on standard input, as in codaze import < FILE";

async function readWish(
  { values, switches, positionals }: Options,
): Promise<Result<Wish, string>> {
  for (const file of positionals) {
    if (await isToken(file)) return err(NO_TOKEN);
  }
  const label = values.get("label");
  if (label !== undefined && positionals.length > 1) {
    return err(`Cannot use --label "${label}": expected a single file`);
  }
  if (positionals.filter((file) => file === STDIN).length > 1) {
    return err('Cannot use "-": expected it once');
  }
  if (positionals.length === 0 && Deno.stdin.isTerminal()) {
    return err(
      "Name a file to import, or pass one on standard input; codaze help import has examples",
    );
  }
  return ok({
    files: positionals.length === 0 ? [STDIN] : positionals,
    label,
    check: !switches.has("no-check"),
    yes: switches.has("yes"),
  });
}

/** Whether an argument looks like a token and is not the name of a file. */
async function isToken(name: string): Promise<boolean> {
  const looks = redact(name) !== name || /^[\w.~+/=-]{40,}$/.test(name);
  if (!looks || /\.json$/i.test(name)) return false;
  return !await Deno.stat(name).then(() => true, () => false);
}

async function importAll(
  { files, label, check, yes }: Wish,
  pool: Pool,
): Promise<number> {
  let failed = 0;
  for (const file of files) {
    const shown = file === STDIN ? "standard input" : file;
    const done = await importOne(file, { pool, label, check, yes });
    if (!done.ok) {
      failed++;
      printError(`Cannot import ${shown}: ${done.error}`);
      continue;
    }
    printLine(`${shown}: ${done.value.said}`);
    for (const warning of done.value.warnings) printError(warning);
  }
  if (files.length > 1) {
    print(`${files.length - failed} imported, ${failed} failed`);
  }
  return failed === 0 ? 0 : 1;
}
