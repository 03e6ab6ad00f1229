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
  type Given,
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

/** Why there is no `Config`. */
export interface ConfigFault {
  /** One sentence, for the person. */
  readonly message: string;
  /** The variable that causes the fault; undefined if a flag does. */
  readonly variable: string | undefined;
}

/** What the configuration is read for. */
export interface Purpose {
  /** The default is the one it runs on. */
  readonly os?: typeof Deno.build.os;
  /**
   * Whether it is for a gateway, which listens on both addresses. A command
   * only calls one of them, and that may well be the default of the other.
   * True by default.
   */
  readonly listens?: boolean;
}

export function readConfig(
  args: readonly string[],
  env: Environment,
  purpose: Purpose = {},
): Result<Config, string> {
  const config = findConfig(args, env, purpose);
  return config.ok ? config : err(config.error.message);
}

/**
 * Like `readConfig`, but names a bad variable, so that the doctor can go on
 * without it.
 */
export function findConfig(
  args: readonly string[],
  env: Environment,
  { os = Deno.build.os, listens = true }: Purpose = {},
): Result<Config, ConfigFault> {
  const flags = readFlags(args, env);
  if (!flags.ok) return fault(flags.error);
  const settings = readSettings(flags.value, { env, os });
  if (!settings.ok) return settings;
  const isNamed = ({ name }: Flag<unknown>) => {
    const value = flags.value.get(name)?.values.at(-1);
    return value !== undefined && !value.endsWith(":0");
  };
  const config = {
    ...settings.value,
    listenGiven: isNamed(FLAGS.listen),
    adminListenGiven: isNamed(FLAGS.adminListen),
    accountsDirGiven: flags.value.has(FLAGS.accountsDir.name),
  };
  const faulty = checkEnvironment(env) ??
    (listens ? checkAddresses(config, flags.value) : undefined);
  return faulty ?? ok(config);
}

/** The flags that are given, on the command line or by a twin, by name. */
export type GivenFlags = ReadonlyMap<string, Given>;

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

  const flags = new Map<string, Given>();
  for (const flag of table) {
    const source = `--${flag.name}`;
    const values = lists.get(flag.name);
    if (values !== undefined && values.length > 1 && !flag.repeatable) {
      return err(
        `Cannot use ${source} "${values.join('" and "')}": expected it once`,
      );
    }
    const given = values === undefined ? twinOf(flag, env) : { source, values };
    if (given !== undefined) flags.set(flag.name, given);
  }
  return ok(flags);
}

/** An empty variable counts as unset, as with proxies. */
function twinOf(
  { twin, repeatable }: Flag<unknown>,
  env: Environment,
): Given | undefined {
  const text = env(twin);
  if (!text) return undefined;
  const values = repeatable
    ? text.split(",").map((value) => value.trim())
    : [text];
  return { source: twin, values };
}

/** All values, or the first error in the order of the table. */
function readSettings(
  flags: GivenFlags,
  surroundings: Surroundings,
): Result<Settings, ConfigFault> {
  const settings: Partial<Settings> = {};
  for (const [key, flag] of Object.entries(FLAGS)) {
    const value = flag.read(flags.get(flag.name), surroundings);
    if (!value.ok) return fault(value.error, variableOf(flag, flags));
    Object.assign(settings, { [key]: value.value });
  }
  // `FLAGS` has a row for each key of `Settings`, and the row reads its type.
  return ok(settings as Settings);
}

/** The twin, if that is what the value comes from. */
function variableOf(
  { name, twin }: Flag<unknown>,
  flags: GivenFlags,
): string | undefined {
  return flags.get(name)?.source === twin ? twin : undefined;
}

type Fault = ReturnType<typeof fault>;

function fault(message: string, variable?: string) {
  return err({ message, variable });
}

/** What no flag stands for, and would still change what a gateway does. */
function checkEnvironment(env: Environment): Fault | undefined {
  // Deno would move the first listener of the process to this address.
  const moved = env(MOVES);
  if (moved !== undefined) {
    return fault(
      `Unset ${MOVES} "${moved}": it would move a listener; use --listen`,
      MOVES,
    );
  }
  const problem = telemetryProblem(env);
  return problem === undefined ? undefined : fault(problem);
}

/** A gateway's two listeners must differ. */
function checkAddresses(
  { listen, adminListen }: Config,
  flags: GivenFlags,
): Fault | undefined {
  const same = listen.port !== 0 && listen.port === adminListen.port &&
    listen.hostname === adminListen.hostname;
  if (!same) return undefined;
  const [first, second] = [FLAGS.listen, FLAGS.adminListen];
  const source = ({ name }: Flag<unknown>) =>
    flags.get(name)?.source ?? `--${name}`;
  return fault(
    `Cannot use ${
      source(second)
    } "${adminListen.hostname}:${adminListen.port}": expected another address than ${
      source(first)
    }`,
    variableOf(second, flags) ?? variableOf(first, flags),
  );
}

const MOVES = "DENO_SERVE_ADDRESS";
