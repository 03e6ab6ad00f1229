/**
 * Chooses and runs the command. Exit codes: 0 all good, 1 something failed,
 * 2 bad arguments.
 */
import { print } from "./terminal/output.ts";
import { serve } from "./serve.ts";
import { versionLine } from "./process/version.ts";

/**
 * The table of the other commands. Not a path in `import`: before a start, Deno
 * reads all files that paths lead to, which takes 10 ms and 2.6 MiB for those of
 * the other commands. `scripts/compile/arguments.ts` includes the table.
 */
const OTHERS = new URL("./commands.ts", import.meta.url).href;

export async function run(args: readonly string[]): Promise<number> {
  const [first = "", ...rest] = args;
  if (asks(args, "--help", "-h")) {
    return await other("help", leadingWords(args));
  }
  if (asks(args, "--version", "-V") || first === "version") {
    print(versionLine());
    return 0;
  }
  if (first === "" || first.startsWith("-")) return await serve(args);
  return first === "serve" ? await serve(rest) : await other(first, rest);
}

/** Those before the first option: a command, and what it is to do. */
function leadingWords(args: readonly string[]): readonly string[] {
  const end = args.findIndex((arg) => arg.startsWith("-"));
  return end < 0 ? args : args.slice(0, end);
}

function asks(args: readonly string[], ...names: readonly string[]): boolean {
  return args.some((arg) => names.includes(arg));
}

async function other(name: string, args: readonly string[]): Promise<number> {
  const others: typeof import("./commands.ts") = await import(OTHERS);
  const { COMMANDS, unknown } = others;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return command ? await command(args) : await unknown(name);
}
