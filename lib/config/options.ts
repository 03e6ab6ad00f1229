/**
 * Takes options out of the arguments of a command: its own, or the flags of
 * `codaze`, which every command has.
 *
 * Everything else stays in `rest`, for `readConfig` to read or to refuse.
 */
import { err, ok, type Result } from "../result.ts";
import { FLAGS } from "./flags.ts";

/** Names without their dashes. */
export interface OwnOptions {
  /** Take a value, once. */
  readonly strings?: readonly string[];
  /** Take a value each time; it is empty if none follows. */
  readonly lists?: readonly string[];
  readonly booleans?: readonly string[];
  /** Whether the command takes words that belong to no option. */
  readonly positionals?: boolean;
}

export interface Options {
  readonly values: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly switches: ReadonlySet<string>;
  readonly positionals: readonly string[];
  readonly rest: readonly string[];
}

/** `--name=value` and `--name value` both work; `--` ends the options. */
export function splitOptions(
  args: readonly string[],
  { strings = [], lists = [], booleans = [], positionals = false }: OwnOptions,
): Result<Options, string> {
  const values = new Map<string, string>();
  const listed = new Map<string, readonly string[]>();
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
    } else if (lists.includes(name)) {
      // An empty word stays where it is, and is told of as a word.
      const value = inline ?? next ?? "";
      listed.set(name, [...listed.get(name) ?? [], value]);
      if (inline === undefined && value !== "") at++;
    } else {
      rest.push(arg);
      // Keep the value of a `codaze` flag with it, or it would count as a word.
      const takesNext = inline === undefined && isFlag(name);
      if (takesNext && next !== undefined) {
        rest.push(next);
        at++;
      }
    }
  }
  return ok({ values, lists: listed, switches, positionals: words, rest });
}

function isFlag(name: string): boolean {
  return Object.values(FLAGS).some((flag) => flag.name === name);
}

/** Name and value of `--name=value`; no name if `arg` is not a long option. */
function parts(arg: string): readonly [string | undefined, string | undefined] {
  const [, name, value] = /^--([^=]+)(?:=([^]*))?$/.exec(arg) ?? [];
  return [name, value];
}

/** An argument that begins with a dash is not a value. */
function valueAt(args: readonly string[], at: number): string | undefined {
  const value = args[at];
  return value?.startsWith("-") ? undefined : value;
}
