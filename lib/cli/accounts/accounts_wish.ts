/** What the arguments of `codaze accounts` ask for. Pure. */
import { SETTINGS_RANGE } from "../../accounts/pool/settings.ts";
import type { Options } from "../../config/options.ts";
import { cut } from "../../protocol/quote.ts";
import { err, ok, type Result } from "../../result.ts";
import { CARE, type CareRequest } from "./accounts_care.ts";
import type { ResetRequest } from "./reset_credit.ts";
import { type SteerRequest, STEERS } from "./accounts_steer.ts";

export type Wish =
  | {
    readonly kind: "list";
    /** Undefined: all accounts. */
    readonly name: string | undefined;
    readonly json: boolean;
    /** Whether upstream's pages of usage are read first. */
    readonly fresh: boolean;
  }
  | { readonly kind: "care"; readonly request: CareRequest }
  | { readonly kind: "steer"; readonly request: SteerRequest }
  | { readonly kind: "reset"; readonly request: ResetRequest };

type Read = Result<Wish, string>;

const RESET = "reset-credit";

export function readWish({ switches, positionals, values }: Options): Read {
  const [verb, ...words] = positionals;
  const confirm = values.get("confirm");
  const allowed = ALLOWED.get(verb ?? "") ?? ["json", "fresh"];
  for (const option of switches) {
    if (allowed.includes(option)) continue;
    const where = ALLOWED.has(verb ?? "") ? `with ${verb}` : "here";
    return err(`Cannot use --${option} ${where}`);
  }
  if (confirm !== undefined && verb !== RESET) {
    return err(`Cannot use --confirm without ${RESET}`);
  }
  if (verb === RESET) return readReset(words, confirm);
  if (verb !== undefined && isVerb(verb)) {
    return readVerb(verb, words, switches);
  }
  if (words.length > 0) {
    return err(
      `Cannot use "${cut(verb ?? "")}": expected one of ${
        [...VERBS, RESET].join(", ")
      }, or the name of one account`,
    );
  }
  return ok({
    kind: "list",
    name: verb,
    json: switches.has("json"),
    fresh: switches.has("fresh"),
  });
}

/** By verb; without one, those of the list. */
const ALLOWED: ReadonlyMap<string, readonly string[]> = new Map([
  ["wake", ["all"]],
  ["remove", ["yes"]],
  ["refresh", []],
  [RESET, []],
  ...STEERS.map((verb): [string, readonly string[]] => [verb, []]),
]);

type CareVerb = typeof CARE[number];
type SteerVerb = typeof STEERS[number];

const VERBS = [...CARE, ...STEERS];

function readReset(
  [name, ...more]: readonly string[],
  confirm: string | undefined,
): Read {
  if (more.length > 0) return tooMany(more);
  return name === undefined
    ? err(`Name one account for ${RESET}`)
    : ok({ kind: "reset", request: { name, confirm } });
}

function isVerb(word: string): word is CareVerb | SteerVerb {
  return VERBS.some((verb) => verb === word);
}

function readVerb(
  verb: CareVerb | SteerVerb,
  words: readonly string[],
  switches: ReadonlySet<string>,
): Read {
  switch (verb) {
    case "wake":
    case "remove":
    case "refresh":
      return readCare(verb, words, switches);
    case "pause":
    case "resume":
      if (words.length === 0) return err(`Name the accounts to ${verb}`);
      return steer({ verb, names: words });
    case "prefer":
      return readPrefer(words);
    case "keep":
      return readKeep(words);
    case "rename":
      return readRename(words);
  }
}

function readCare(
  verb: CareVerb,
  [name, ...more]: readonly string[],
  switches: ReadonlySet<string>,
): Read {
  if (more.length > 0) return tooMany(more);
  if ((name === undefined) !== switches.has("all")) {
    return err(`Name one account to ${verb}`);
  }
  const request = { verb, name, yes: switches.has("yes") };
  return ok({ kind: "care", request });
}

function tooMany(words: readonly string[]): Read {
  return err(`Cannot use "${cut(words.join(" "))}": expected one account`);
}

function readPrefer([name, given = "1", ...more]: readonly string[]): Read {
  if (name === undefined || more.length > 0) {
    return err("Name one account to prefer, and a priority if it is not 1");
  }
  const priority = wholeNumber(given, SETTINGS_RANGE.priority);
  if (!priority.ok) return err(`Cannot prefer by ${priority.error}`);
  return steer({ verb: "prefer", name, priority: priority.value });
}

function readKeep([name, given, ...more]: readonly string[]): Read {
  if (name === undefined || given === undefined || more.length > 0) {
    return err("Name one account, and the percent that it keeps for its owner");
  }
  const percent = wholeNumber(given.replace(/%$/, ""), SETTINGS_RANGE.keep);
  if (!percent.ok) return err(`Cannot keep ${percent.error}`);
  return steer({ verb: "keep", name, percent: percent.value });
}

function readRename([name, label, ...more]: readonly string[]): Read {
  if (name === undefined || label === undefined || more.length > 0) {
    return err("Name one account to rename, and its new label");
  }
  return steer({ verb: "rename", name, label });
}

function steer(request: SteerRequest): Read {
  return ok({ kind: "steer", request });
}

/** The error quotes the text and says what was expected. */
function wholeNumber(
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): Result<number, string> {
  const number = /^[+-]?\d{1,4}$/.test(text) ? Number(text) : NaN;
  return number >= least && number <= most
    ? ok(number)
    : err(`"${cut(text)}": expected a whole number from ${least} to ${most}`);
}
