/** Reads the arguments of `deno task compile`. Reads no environment. */
import { parseArgs } from "@std/cli";
import { err, ok, type Result } from "../../lib/result.ts";
import { findTarget, type Target, TARGETS } from "./targets.ts";

export const USAGE = `Usage: deno task compile [--target NAME | --all] [flags]

  --target NAME   a system other than this one; one of
                    ${TARGETS.join("\n                    ")}
  --all           all six of them
  --output DIR    where the files go (dist)
  --help          this text`;

export interface CompileOptions {
  readonly targets: readonly Target[];
  readonly output: string;
  readonly help: boolean;
}

/** `host`: the target of this machine, as Deno names it. */
export function readOptions(
  args: readonly string[],
  host: string,
): Result<CompileOptions, string> {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    boolean: ["all", "help"],
    string: ["target", "output"],
    unknown: (arg) => {
      unknown.push(arg);
      return false;
    },
  });
  const [first] = unknown;
  if (first !== undefined) {
    return err(`Cannot use "${first}": see deno task compile --help`);
  }
  const { all, help, target, output = "dist" } = flags;
  if (output === "") return err('Cannot use --output "": expected a folder');
  if (help) return ok({ targets: [], output, help });
  if (all && target !== undefined) {
    return err("Cannot use --target with --all: --all has it already");
  }
  if (all) return ok({ targets: TARGETS, output, help });

  const found = findTarget(target ?? host);
  if (found === undefined) {
    const names = TARGETS.join(", ");
    return err(
      `Cannot use --target "${target ?? host}": expected one of ${names}`,
    );
  }
  return ok({ targets: [found], output, help });
}
