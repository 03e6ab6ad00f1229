/**
 * Reads the arguments of `codaze service` and the variables of the shell.
 */
import { accountsDirOf } from "../../accounts/files/accounts_dir.ts";
import { type GivenFlags, readFlags } from "../../config/config.ts";
import { type Environment, FLAGS } from "../../config/flags.ts";
import { err, ok, type Result } from "../../result.ts";
import { type Options, splitOptions } from "../../config/options.ts";
import { absolutePath } from "../process/environment.ts";
import { proxiesIn, rootsIn } from "./grants.ts";
import type { ManagerName } from "./manager.ts";
import type { Wish } from "./plan.ts";
import { isSecret, readVariables } from "./variables.ts";

const VERBS = ["install", "uninstall", "status", "print"] as const;
type Verb = typeof VERBS[number];

export interface Request {
  readonly verb: Verb;
  /** Undefined: the manager of this system. */
  readonly manager: ManagerName | undefined;
  /** Whether to replace or remove what a person wrote. */
  readonly force: boolean;
  /** For `install` and `print`. */
  readonly wish: Wish;
}

/** Where the arguments were written. */
export interface Shell {
  readonly env: Environment;
  readonly cwd: string;
  readonly os: typeof Deno.build.os;
}

/** Options that only some verbs take. */
const ONLY: Readonly<Record<string, readonly Verb[]>> = {
  env: ["install", "print"],
  force: ["install", "uninstall"],
  launchd: ["print"],
  program: ["install", "print"],
  systemd: ["print"],
};

export function readRequest(
  args: readonly string[],
  shell: Shell,
): Result<Request, string> {
  const split = splitOptions(args, {
    strings: ["program"],
    lists: ["env"],
    booleans: ["force", "launchd", "systemd"],
    positionals: true,
  });
  if (!split.ok) return split;
  const { values, lists, switches, positionals, rest } = split.value;
  const [first = "", ...words] = positionals;
  const verb = VERBS.find((name) => name === first);
  if (verb === undefined) {
    return err(`Cannot use "${first}": expected one of ${VERBS.join(", ")}`);
  }
  for (const name of [...values.keys(), ...switches, ...lists.keys()]) {
    if (!ONLY[name]?.includes(verb)) {
      return err(`Cannot use --${name} with ${verb}`);
    }
  }
  const flags = [...rest, ...words];
  const [stray] = flags;
  if (stray !== undefined && ONLY["env"]?.includes(verb) !== true) {
    return err(`Cannot use "${stray}" with ${verb}`);
  }
  const manager = managerIn(switches);
  if (!manager.ok) return manager;
  const variables = lists.get("env") ?? [];
  const wish = readWish({ flags, variables, values }, shell);
  if (!wish.ok) return wish;
  const force = switches.has("force");
  return ok({ verb, manager: manager.value, force, wish: wish.value });
}

function managerIn(
  switches: ReadonlySet<string>,
): Result<ManagerName | undefined, string> {
  const names = (["systemd", "launchd"] as const).filter((name) =>
    switches.has(name)
  );
  return names.length < 2
    ? ok(names[0])
    : err("Cannot use --systemd and --launchd: expected one of them");
}

interface Words {
  readonly flags: readonly string[];
  readonly variables: readonly string[];
  readonly values: Options["values"];
}

function readWish(words: Words, shell: Shell): Result<Wish, string> {
  const flags = readFlags(words.flags, () => undefined);
  if (!flags.ok) return flags;
  const variables = readVariables(words.variables, shell.env);
  if (!variables.ok) return variables;
  const dir = accountsDirIn(flags.value, shell);
  if (!dir.ok) return dir;

  const all = Object.entries(variables.value);
  const program = words.values.get("program");
  return ok({
    flags: [...flags.value].flatMap(([flag, { values }]) =>
      (flag === FLAGS.accountsDir.name ? dir.value : values)
        .map((value) => `--${flag}=${value}`)
    ),
    environment: Object.fromEntries(
      all.filter(([name, value]) => !isSecret(name, value)),
    ),
    secrets: Object.fromEntries(
      all.filter(([name, value]) => isSecret(name, value)),
    ),
    program: program === undefined
      ? undefined
      : absolutePath(program, shell.cwd),
    proxies: proxiesIn((name) => variables.value[name] ?? shell.env(name)),
    roots: rootsIn((name) => variables.value[name] ?? shell.env(name)),
  });
}

/** Made absolute, because a service runs in another working folder. */
function accountsDirIn(
  flags: GivenFlags,
  { env, cwd, os }: Shell,
): Result<readonly string[], string> {
  const given = flags.get(FLAGS.accountsDir.name);
  if (given === undefined) return ok([]);
  const { source, values } = given;
  const dir = accountsDirOf({ value: values.at(-1), source, env, os });
  return dir.ok ? ok([absolutePath(dir.value, cwd)]) : dir;
}
