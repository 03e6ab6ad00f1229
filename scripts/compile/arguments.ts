/**
 * The arguments of `deno compile`. Permissions and the flags that close the
 * runtime come from the `start` task in deno.json, so that an executable may
 * do exactly what the task may; unstable features are read by Deno itself.
 */
import { err, ok, type Result } from "../../lib/result.ts";
import type { Target } from "./targets.ts";

/** What the task has before the script's name, all of it in this order. */
const TASK = /^DENO_NO_UPDATE_CHECK=1 deno run (.+) main\.ts$/;

/** Flags that would open the executable, however they got into the task. */
const FORBIDDEN = /^(-A|-P|--allow-(all|run|ffi|sys|import)|--permission-set)/;

/**
 * An executable must not ask, and must have no code cache: that is a file of
 * a known name in a folder for all users, and what is in it is executed.
 */
const REQUIRED = ["--no-prompt", "--no-code-cache"];

/** The flags of a task that runs main.ts. */
export function flagsOfTask(
  task: string,
): Result<readonly string[], string> {
  const [, text] = TASK.exec(task) ?? [];
  if (text === undefined) {
    return err('Cannot read the task "start": expected deno run … main.ts');
  }
  const flags = text.split(" ");
  const forbidden = flags.find((flag) => FORBIDDEN.test(flag));
  if (forbidden !== undefined) {
    return err(`Cannot compile with "${forbidden}" of the task "start"`);
  }
  const missing = REQUIRED.find((flag) => !flags.includes(flag));
  if (missing !== undefined) {
    return err(`Cannot compile without ${missing} in the task "start"`);
  }
  return ok(flags);
}

export interface CompileTarget {
  /** Of the `start` task. */
  readonly flags: readonly string[];
  readonly target: Target;
  /** Path of the executable to be written. */
  readonly output: string;
}

export function compileArguments(
  { flags, target, output }: CompileTarget,
): readonly string[] {
  return [
    "compile",
    // Checked by `deno task check`; here it would only take time.
    "--no-check",
    "--cached-only",
    ...flags,
    `--target=${target}`,
    `--output=${output}`,
    "main.ts",
  ];
}
