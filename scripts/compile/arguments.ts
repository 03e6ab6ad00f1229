/**
 * The arguments of `deno compile`. Permissions and flags come from the `start`
 * task in deno.json, so that an executable may do exactly what the task may.
 * Deno itself reads the unstable features from deno.json.
 */
import { readTask } from "../../lib/cli/service/task_command.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Target } from "./targets.ts";

/** Flags that would give the executable too many permissions. */
const FORBIDDEN = /^(-A|-P|--allow-(all|run|ffi|sys|import)|--permission-set)/;

/** An executable must not prompt. */
const REQUIRED = "--no-prompt";

/**
 * The code cache of an executable is a file with a known name in a folder for
 * all users, and Deno executes its contents.
 */
const NO_CACHE = "--no-code-cache";

/** The flags of the task, or why they cannot be used. */
export function flagsOfTask(
  task: string,
): Result<readonly string[], string> {
  const command = readTask(task);
  if (command?.environment["DENO_NO_UPDATE_CHECK"] !== "1") {
    return err('Cannot read the task "start": expected deno run … main.ts');
  }
  const [, ...flags] = command.words;
  const forbidden = flags.find((flag) => FORBIDDEN.test(flag));
  if (forbidden !== undefined) {
    return err(`Cannot compile with "${forbidden}" of the task "start"`);
  }
  if (!flags.includes(REQUIRED)) {
    return err(`Cannot compile without ${REQUIRED} in the task "start"`);
  }
  return ok(flags);
}

/** `lib/cli/run.ts` imports it in a way that Deno does not follow. */
const COMMANDS = "lib/cli/commands.ts";

export interface CompileTarget {
  /** The flags of the `start` task. */
  readonly flags: readonly string[];
  readonly target: Target;
  /** The path of the executable. */
  readonly output: string;
}

export function compileArguments(
  { flags, target, output }: CompileTarget,
): readonly string[] {
  return [
    "compile",
    // `deno task check` has checked the types.
    "--no-check",
    "--cached-only",
    NO_CACHE,
    ...flags,
    `--include=${COMMANDS}`,
    `--target=${target}`,
    `--output=${output}`,
    "main.ts",
  ];
}
