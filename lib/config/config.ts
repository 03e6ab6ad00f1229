/**
 * Turns flags and environment into a `Config`, or into one sentence that says
 * what is wrong. A flag overrides its environment twin.
 *
 * Pure: reads nothing itself, binds nothing.
 */
import { err, ok, type Result } from "../result.ts";
import {
  type Environment,
  type Flag,
  FLAGS,
  type Settings,
  type Surroundings,
} from "./flags.ts";
import { splitOptions } from "./options.ts";
import { telemetryProblem } from "./telemetry.ts";

export interface Config extends Settings {
  /** Whether the person named this address. Port 0 does not count: any port. */
  readonly listenGiven: boolean;
  readonly adminListenGiven: boolean;
  /** Whether the person named it; otherwise it is the default. */
  readonly accountsDirGiven: boolean;
}

export function readConfig(
  args: readonly string[],
  env: Environment,
  os: typeof Deno.build.os = Deno.build.os,
): Result<Config, string> {
  const flags = readFlags(args, env);
  if (!flags.ok) return flags;
  const settings = readSettings(flags.value, { env, os });
  if (!settings.ok) return settings;
  const isNamed = ({ name }: Flag<unknown>) => {
    const value = flags.value.get(name)?.at(-1);
    return value !== undefined && !value.endsWith(":0");
  };
  const config = {
    ...settings.value,
    listenGiven: isNamed(FLAGS.listen),
    adminListenGiven: isNamed(FLAGS.adminListen),
    accountsDirGiven: flags.value.has(FLAGS.accountsDir.name),
  };
  return checkTogether(config, env);
}

/** By the name of the flag, without those that are given nowhere. */
export type GivenFlags = ReadonlyMap<string, readonly string[]>;

/**
 * What flags and twins say, not yet parsed. An error names the unknown flag or
 * stray word.
 */
export function readFlags(
  args: readonly string[],
  env: Environment,
): Result<GivenFlags, string> {
  const table = Object.values(FLAGS);
  const options = splitOptions(args, { lists: table.map(({ name }) => name) });
  if (!options.ok) return options;
  const { lists, rest: [first, second] } = options.value;
  const stray = first === "--" ? second : first;
  if (stray !== undefined) {
    return err(`Cannot use "${stray}": expected a flag; see --help`);
  }

  const flags = new Map<string, readonly string[]>();
  for (const { name, twin, repeatable } of table) {
    const given = lists.get(name) ?? twinValues(env(twin), repeatable);
    if (given.length > 1 && !repeatable) {
      return err(
        `Cannot use --${name} "${given.join('" and "')}": expected it once`,
      );
    }
    if (given.length > 0) flags.set(name, given);
  }
  return ok(flags);
}

function twinValues(
  text: string | undefined,
  repeatable: boolean,
): readonly string[] {
  if (text === undefined) return [];
  return repeatable ? text.split(",").map((value) => value.trim()) : [text];
}

/** All values, or the first error in the order of the table. */
function readSettings(
  flags: GivenFlags,
  surroundings: Surroundings,
): Result<Settings, string> {
  const settings: Partial<Settings> = {};
  for (const [key, flag] of Object.entries(FLAGS)) {
    const value = flag.read(flags.get(flag.name) ?? [], surroundings);
    if (!value.ok) return value;
    Object.assign(settings, { [key]: value.value });
  }
  // `FLAGS` has a row for each key of `Settings`, and the row reads its type.
  return ok(settings as Settings);
}

/** Rules that need more than one value. */
function checkTogether(
  config: Config,
  env: Environment,
): Result<Config, string> {
  const { listen, adminListen } = config;
  const same = listen.port !== 0 && listen.port === adminListen.port &&
    listen.hostname === adminListen.hostname;
  if (same) {
    return err(
      `Cannot use --admin-listen "${adminListen.hostname}:${adminListen.port}": expected another address than --listen`,
    );
  }
  // Deno would move the first listener of the process to this address.
  const moved = env("DENO_SERVE_ADDRESS");
  if (moved !== undefined) {
    return err(
      `Unset DENO_SERVE_ADDRESS "${moved}": it would move a listener; use --listen`,
    );
  }
  const problem = telemetryProblem(env);
  return problem === undefined ? ok(config) : err(problem);
}
