/**
 * Turns flags and environment into a `Config`, or into one sentence that says
 * what is wrong. A flag overrides its environment twin `CODAZE_<FLAG>`.
 *
 * Pure: reads nothing itself, binds nothing.
 */
import { accountsDirOf } from "../accounts/accounts_dir.ts";
import { POLICY_NAMES, type PolicyName } from "../accounts/selection.ts";
import { type Environment, type Flag, readFlags } from "./flags.ts";
import { err, ok, type Result } from "../result.ts";
import { telemetryProblem } from "./telemetry.ts";
import {
  parseBytes,
  parseChoice,
  parseHost,
  parseListen,
  parseOrigin,
  parseSeconds,
  parseUpstream,
  parseVersion,
} from "./values.ts";

/** One bound address; the host is a loopback literal. */
export interface Listen {
  readonly hostname: string;
  readonly port: number;
}

export type FingerprintMode = "normalize" | "passthrough";
export type LogFormat = "text" | "json";
export type LogLevel = "debug" | "info" | "warn" | "error";

export interface Config {
  readonly listen: Listen;
  readonly adminListen: Listen;
  /** Whether the person named this address. Port 0 does not count: any port. */
  readonly listenGiven: boolean;
  readonly adminListenGiven: boolean;
  readonly accountsDir: string;
  /** Whether the person named it; otherwise it is the default. */
  readonly accountsDirGiven: boolean;
  readonly routingPolicy: PolicyName;
  readonly fingerprintMode: FingerprintMode;
  readonly affinity: "session" | "none";
  readonly unavailable: "limits" | "overloaded";
  readonly codexVersion: string;
  readonly shutdownGraceMs: number;
  /** Base URL of the Codex backend, without a trailing slash. */
  readonly upstream: URL;
  /** Origin of the token endpoint. */
  readonly authIssuer: URL;
  readonly maxBodyBytes: number;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
}

export function readConfig(
  args: readonly string[],
  env: Environment,
  os: typeof Deno.build.os = Deno.build.os,
): Result<Config, string> {
  const flags = readFlags(args, env);
  if (!flags.ok) return flags;
  const one = (flag: Flag, fallback: string) =>
    flags.value.get(flag)?.at(-1) ?? fallback;
  const all = (flag: Flag) => flags.value.get(flag) ?? [];
  const isNamed = (flag: Flag) => {
    const value = flags.value.get(flag)?.at(-1);
    return value !== undefined && !value.endsWith(":0");
  };

  const values = allOk({
    listen: parseListen("--listen", one("listen", "127.0.0.1:18039")),
    adminListen: parseListen(
      "--admin-listen",
      one("admin-listen", "127.0.0.1:18040"),
    ),
    listenGiven: ok(isNamed("listen")),
    adminListenGiven: ok(isNamed("admin-listen")),
    accountsDir: accountsDirOf({
      value: flags.value.get("accounts-dir")?.at(-1),
      env,
      os,
    }),
    accountsDirGiven: ok(flags.value.has("accounts-dir")),
    routingPolicy: parseChoice(
      "--routing-policy",
      one("routing-policy", "least_in_flight"),
      POLICY_NAMES,
    ),
    fingerprintMode: parseChoice(
      "--fingerprint-mode",
      one("fingerprint-mode", "normalize"),
      ["normalize", "passthrough"],
    ),
    affinity: parseChoice("--affinity", one("affinity", "session"), [
      "session",
      "none",
    ]),
    unavailable: parseChoice("--unavailable", one("unavailable", "limits"), [
      "limits",
      "overloaded",
    ]),
    codexVersion: parseVersion(
      "--codex-version",
      one("codex-version", "0.171.0"),
    ),
    shutdownGraceMs: parseSeconds(
      "--shutdown-grace-period-seconds",
      one("shutdown-grace-period-seconds", "10"),
    ),
    upstream: parseUpstream(
      "--upstream",
      one("upstream", "https://chatgpt.com/backend-api/codex"),
      "https://chatgpt.com",
    ),
    authIssuer: parseUpstream(
      "--auth-issuer",
      one("auth-issuer", "https://auth.openai.com"),
      "https://auth.openai.com",
    ),
    maxBodyBytes: parseBytes(
      "--max-body-bytes",
      one("max-body-bytes", "67108864"),
    ),
    allowedHosts: each(all("allowed-host"), parseHost, "--allowed-host"),
    allowedOrigins: each(
      all("allowed-origin"),
      parseOrigin,
      "--allowed-origin",
    ),
    logFormat: parseChoice("--log-format", one("log-format", "text"), [
      "text",
      "json",
    ]),
    logLevel: parseChoice("--log-level", one("log-level", "info"), [
      "debug",
      "info",
      "warn",
      "error",
    ]),
  });
  if (!values.ok) return values;
  return checkTogether(values.value, env);
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

function each(
  values: readonly string[],
  parse: (flag: string, value: string) => Result<string, string>,
  flag: string,
): Result<readonly string[], string> {
  const parsed: string[] = [];
  for (const value of values) {
    const result = parse(flag, value);
    if (!result.ok) return result;
    parsed.push(result.value);
  }
  return ok(parsed);
}

type Values<R> = {
  readonly [K in keyof R]: R[K] extends Result<infer T, string> ? T : never;
};

/** All values, or the first error in the order of the keys. */
function allOk<R extends Record<string, Result<unknown, string>>>(
  results: R,
): Result<Values<R>, string> {
  const values: Record<string, unknown> = {};
  for (const [key, result] of Object.entries(results)) {
    if (!result.ok) return result;
    values[key] = result.value;
  }
  // The loop has set every key of R to the value of its result.
  return ok(values as Values<R>);
}
