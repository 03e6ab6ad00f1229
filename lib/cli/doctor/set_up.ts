/**
 * Reads the doctor's configuration from flags and environment. A bad variable
 * becomes a finding, and the rest is used without it; a bad flag is a usage
 * error.
 */
import { type Config, readConfig } from "../../config/config.ts";
import { type Environment, FLAGS } from "../../config/flags.ts";
import { addressOf } from "../../protocol/url.ts";
import { ok, type Result } from "../../result.ts";
import { type Finding, voiceOf } from "./finding.ts";

export interface SetUp {
  /** Undefined if there is no usable configuration. */
  readonly config: Config | undefined;
  readonly findings: readonly Finding[];
}

const voice = voiceOf("configuration");

/** Deno would move the first listener of the process to this address. */
const MOVES = "DENO_SERVE_ADDRESS";
/** Any home folder, for when the real one does not matter. */
const SOME_HOME = "/home";
const HOMES: readonly string[] = ["HOME", "USERPROFILE"];

export function readSetUp(
  args: readonly string[],
  env: Environment,
): Result<SetUp, string> {
  const words = readConfig(
    args,
    (name) => name === "HOME" ? SOME_HOME : undefined,
  );
  if (!words.ok) return words;

  const whole = readConfig(args, env);
  if (whole.ok) {
    return ok({ config: whole.value, findings: [good(whole.value, env)] });
  }
  const bad = [MOVES, ...twins()].filter((name) =>
    !readConfig(args, isolated(name, env)).ok
  );
  const findings = bad.map((name) => {
    const read = readConfig(args, isolated(name, env));
    const why = read.ok ? "" : read.error;
    return voice.fail(
      name === MOVES ? `${name} is set` : `${name}: ${why}`,
      name === MOVES
        ? `unset ${name}: it would move a listener of the gateway`
        : `correct or unset ${name}`,
    );
  });
  const rest = readConfig(
    args,
    (name) => bad.includes(name) ? undefined : env(name),
  );
  if (rest.ok) return ok({ config: rest.value, findings });
  const cure = "correct the flag or variable that it names";
  return ok({
    config: undefined,
    findings: [...findings, voice.fail(rest.error, cure)],
  });
}

function good({ listen, adminListen }: Config, env: Environment): Finding {
  const set = twins().filter((name) => env(name) !== undefined);
  const from = set.length === 0 ? "" : `; ${set.join(", ")} set`;
  return voice.good(
    `public port on ${addressOf(listen)}, admin port on ${
      addressOf(adminListen)
    }${from}`,
  );
}

function twins(): readonly string[] {
  return Object.values(FLAGS).map(({ twin }) => twin);
}

/** An environment with only this variable and a home folder. */
function isolated(name: string, env: Environment): Environment {
  return (asked) => {
    if (asked === name) return env(name);
    return HOMES.includes(asked) ? SOME_HOME : undefined;
  };
}
