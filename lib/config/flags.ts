/**
 * The flags: their names, their help, and how they are taken from the command
 * line and the environment. `config.ts` parses their values.
 */
import { parseArgs } from "@std/cli";
import { POLICY_NAMES } from "../accounts/selection.ts";
import { err, ok, type Result } from "../result.ts";

/** The flags of `codaze`, with the help for each. */
export const FLAGS = {
  "listen": "public listener (127.0.0.1:18039)",
  "admin-listen": "admin listener (127.0.0.1:18040)",
  "accounts-dir": "folder of account files ($HOME/.codaze)",
  "routing-policy": `${POLICY_NAMES.join(", ")} (least_in_flight)`,
  "fingerprint-mode": "normalize, passthrough (normalize)",
  "affinity": "session: a session stays on its account; none (session)",
  "unavailable": "answer when no account is left: limits, overloaded (limits)",
  "codex-version": "version of the official client to appear as (0.171.0)",
  "shutdown-grace-period-seconds": "time open turns have to end (10)",
  "upstream": "base URL of the Codex backend",
  "auth-issuer": "origin of the token endpoint",
  "max-body-bytes": "largest request body, decoded (67108864)",
  "allowed-host": "extra Host[:port] the public port answers to; repeatable",
  "allowed-origin": "Origin that may call the public port; repeatable",
  "log-format": "text, json (text)",
  "log-level": "debug, info, warn, error (info)",
} as const satisfies Record<string, string>;

export type Flag = keyof typeof FLAGS;

const REPEATABLE: readonly Flag[] = ["allowed-host", "allowed-origin"];

/** Looks up an environment variable; a function, so that tests can pass one. */
export type Environment = (name: string) => string | undefined;

/** Splits the arguments. An error names the unknown flag or stray word. */
export function readFlags(
  args: readonly string[],
  env: Environment,
): Result<ReadonlyMap<Flag, readonly string[]>, string> {
  let unknown: string | undefined;
  const names = Object.keys(FLAGS);
  const parsed = parseArgs([...args], {
    string: names,
    collect: names,
    unknown: (arg) => {
      unknown ??= arg;
      return false;
    },
  });
  // `unknown` is not called for what follows `--`.
  const stray = unknown ?? parsed._[0];
  if (stray !== undefined) {
    return err(`Cannot use "${stray}": expected a flag; see --help`);
  }

  const flags = new Map<Flag, readonly string[]>();
  for (const flag of flagNames()) {
    const given = listOf(parsed[flag]);
    if (given.length > 1 && !REPEATABLE.includes(flag)) {
      return err(
        `Cannot use --${flag} "${given.join('" and "')}": expected it once`,
      );
    }
    const name = `CODAZE_${flag.toUpperCase().replaceAll("-", "_")}`;
    const twin = env(name);
    const values = given.length > 0
      ? given
      : twin === undefined
      ? []
      : REPEATABLE.includes(flag)
      ? twin.split(",").map((value) => value.trim())
      : [twin];
    if (values.length > 0) flags.set(flag, values);
  }
  return ok(flags);
}

function flagNames(): readonly Flag[] {
  return Object.keys(FLAGS).filter((name): name is Flag => name in FLAGS);
}

function listOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item) => typeof item === "string");
}
