/**
 * Reads the doctor's configuration from flags and environment. A bad variable
 * becomes a finding, and the rest is used without it; a bad flag is a usage
 * error.
 */
import { type Config, findConfig, readConfig } from "../../config/config.ts";
import { type Environment, FLAGS } from "../../config/flags.ts";
import { addressOf } from "../../protocol/url.ts";
import { ok, type Result } from "../../result.ts";
import { mistypedVariables } from "../process/mistyped_variables.ts";
import { type Finding, voiceOf } from "./finding.ts";

export interface SetUp {
  /** Undefined if there is no usable configuration. */
  readonly config: Config | undefined;
  readonly findings: readonly Finding[];
}

const voice = voiceOf("configuration");

/** Any home folder, for when the real one does not matter. */
const SOME_HOME = "/home";

export function readSetUp(
  args: readonly string[],
  env: Environment,
): Result<SetUp, string> {
  const words = readConfig(
    args,
    (name) => name === "HOME" ? SOME_HOME : undefined,
  );
  if (!words.ok) return words;

  const findings: Finding[] = [];
  const bad = new Set<string>();
  while (true) {
    const read = findConfig(
      args,
      (name) => bad.has(name) ? undefined : env(name),
    );
    if (read.ok) {
      const told = bad.size === 0 ? [good(read.value, env)] : findings;
      return ok({ config: read.value, findings: [...told, ...unread(env)] });
    }
    const { message, variable } = read.error;
    const cure = variable === undefined
      ? "correct the flag or variable that it names"
      : `correct or unset ${variable}`;
    findings.push(voice.fail(message, cure));
    if (variable === undefined) return ok({ config: undefined, findings });
    bad.add(variable);
  }
}

function unread(env: Environment): readonly Finding[] {
  return mistypedVariables(env).map(({ name, meant }) =>
    voice.warn(`${name} is set, but no variable of Codaze`, `set ${meant}`)
  );
}

function good({ listen, adminListen }: Config, env: Environment): Finding {
  const set = Object.values(FLAGS).map(({ twin }) => twin)
    .filter((name) => env(name));
  const from = set.length === 0 ? "" : `; ${set.join(", ")} set`;
  return voice.good(
    `public port on ${addressOf(listen)}, admin port on ${
      addressOf(adminListen)
    }${from}`,
  );
}
