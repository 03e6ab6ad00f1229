/**
 * Takes a command's own options out of its arguments.
 *
 * What it does not know stays in `rest`, for `readConfig` to read or to
 * refuse by name.
 */
import { FLAGS } from "../flags.ts";
import { err, ok, type Result } from "../result.ts";

/** Names without their dashes. */
export interface OwnOptions {
  readonly strings?: readonly string[];
  readonly booleans?: readonly string[];
  /** Whether words that belong to no option are the command's. */
  readonly positionals?: boolean;
}

export interface Options {
  readonly values: ReadonlyMap<string, string>;
  readonly switches: ReadonlySet<string>;
  readonly positionals: readonly string[];
  readonly rest: readonly string[];
}

/** `--name=value` and `--name value` both work; `--` ends the options. */
export function splitOptions(
  args: readonly string[],
  { strings = [], booleans = [], positionals = false }: OwnOptions,
): Result<Options, string> {
  const values = new Map<string, string>();
  const switches = new Set<string>();
  const words: string[] = [];
  const rest: string[] = [];

  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--" && positionals) {
      words.push(...args.slice(at + 1));
      break;
    }
    if (arg === "--") {
      rest.push(...args.slice(at));
      break;
    }
    const [name, inline] = parts(arg);
    const next = valueAt(args, at + 1);
    if (name === undefined) {
      const isWord = positionals && (arg === "-" || !arg.startsWith("-"));
      (isWord ? words : rest).push(arg);
    } else if (booleans.includes(name)) {
      if (inline !== undefined) {
        return err(`Cannot use --${name} "${inline}": expected no value`);
      }
      switches.add(name);
    } else if (strings.includes(name)) {
      const value = inline ?? next;
      if (value === undefined) {
        return err(`Cannot use --${name}: expected a value after it`);
      }
      const first = values.get(name);
      if (first !== undefined) {
        return err(
          `Cannot use --${name} "${first}" and "${value}": expected it once`,
        );
      }
      values.set(name, value);
      if (inline === undefined) at++;
    } else {
      rest.push(arg);
      // A flag of `codaze` keeps its value, which else were a word of ours.
      const takesNext = inline === undefined && Object.hasOwn(FLAGS, name);
      if (takesNext && next !== undefined) {
        rest.push(next);
        at++;
      }
    }
  }
  return ok({ values, switches, positionals: words, rest });
}

/** Name and value of `--name=value`; no name for what is no long option. */
function parts(arg: string): readonly [string | undefined, string | undefined] {
  const [, name, value] = /^--([^=]+)(?:=([^]*))?$/.exec(arg) ?? [];
  return [name, value];
}

/** What begins with a dash is no value, as for the flags. */
function valueAt(args: readonly string[], at: number): string | undefined {
  const value = args[at];
  return value?.startsWith("-") ? undefined : value;
}
