/**
 * Takes options out of the arguments of a command: its own, or the flags of
 * `codaze`, which every command has.
 *
 * The flags, and words that no option takes, stay in `rest` for `readConfig` to
 * read or to refuse.
 */
import { err, ok, type Result } from "../result.ts";
import { cut } from "../protocol/quote.ts";
import { FLAGS } from "./flags.ts";
import { nearest } from "./nearest.ts";

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

/** What was found so far. */
interface Found {
  readonly values: Map<string, string>;
  readonly lists: Map<string, readonly string[]>;
  readonly switches: Set<string>;
  readonly positionals: string[];
  readonly rest: string[];
}

/** `--name=value` and `--name value` both work; `--` ends the options. */
export function splitOptions(
  args: readonly string[],
  own: OwnOptions,
): Result<Options, string> {
  const found: Found = {
    values: new Map(),
    lists: new Map(),
    switches: new Set(),
    positionals: [],
    rest: [],
  };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") {
      if (own.positionals) found.positionals.push(...args.slice(at + 1));
      else found.rest.push(...args.slice(at));
      break;
    }
    const option = optionAt(args, at);
    if (option === undefined) {
      const isWord = own.positionals && /^(?:[^-]|-$|-\d|$)/.test(arg);
      (isWord ? found.positionals : found.rest).push(arg);
      continue;
    }
    const taken = take(option, own, found);
    if (!taken.ok) return taken;
    if (taken.value === "with next") at++;
  }
  return ok(found);
}

interface Option {
  readonly arg: string;
  readonly name: string;
  /** What follows `=`. */
  readonly inline: string | undefined;
  /** The argument after it, if that could be its value. */
  readonly next: string | undefined;
}

/** Undefined if the argument is not a long option. */
function optionAt(args: readonly string[], at: number): Option | undefined {
  const arg = args[at] ?? "";
  const [, name, inline] = /^--([^=]+)(?:=([^]*))?$/.exec(arg) ?? [];
  if (name === undefined) return undefined;
  const after = args[at + 1];
  const isValue = inline === undefined && !after?.startsWith("-");
  return { arg, name, inline, next: isValue ? after : undefined };
}

/** Whether the next argument went with the option. */
type Taken = Result<"alone" | "with next", string>;

function take(option: Option, own: OwnOptions, found: Found): Taken {
  const { name } = option;
  if (own.booleans?.includes(name)) return takeSwitch(option, found);
  if (own.strings?.includes(name)) return takeString(option, found);
  if (own.lists?.includes(name)) return takeListed(option, found);
  return leave(option, own, found);
}

function takeSwitch({ name, inline }: Option, { switches }: Found): Taken {
  if (inline !== undefined) {
    return err(`Cannot use --${name} "${inline}": expected no value`);
  }
  switches.add(name);
  return ok("alone");
}

function takeString({ name, inline, next }: Option, { values }: Found): Taken {
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
  return ok(inline === undefined ? "with next" : "alone");
}

function takeListed({ name, inline, next }: Option, { lists }: Found): Taken {
  // An empty argument is left where it is, so that the error quotes it.
  const value = inline ?? next ?? "";
  lists.set(name, [...lists.get(name) ?? [], value]);
  return ok(inline === undefined && value !== "" ? "with next" : "alone");
}

/** Keeps the value of a flag with it, or it would count as a word. */
function leave(
  { arg, name, next }: Option,
  own: OwnOptions,
  found: Found,
): Taken {
  if (!FLAG_NAMES.includes(name)) return err(unknownOption(name, own));
  found.rest.push(arg);
  if (next === undefined) return ok("alone");
  found.rest.push(next);
  return ok("with next");
}

const FLAG_NAMES = Object.values(FLAGS).map(({ name }) => name);

function unknownOption(
  name: string,
  { strings = [], lists = [], booleans = [] }: OwnOptions,
): string {
  const known = [...strings, ...lists, ...booleans, ...FLAG_NAMES];
  const meant = nearest(name, known);
  const hint = meant === undefined
    ? "see codaze help flags"
    : `did you mean --${meant}?`;
  return `Cannot use "--${cut(name)}": there is no such flag; ${hint}`;
}
