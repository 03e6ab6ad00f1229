/**
 * The table of flags: name, environment twin, default, help and parser of each.
 * `--help`, `readConfig` and the tests of the documents read it.
 *
 * A new flag is a field of `Settings` and a row of `FLAGS`.
 */
import { accountsDirOf } from "../accounts/files/accounts_dir.ts";
import { POLICY_NAMES, type PolicyName } from "../policy/input.ts";
import { ok, type Result } from "../result.ts";
import {
  choiceOf,
  type Listen,
  parseBytes,
  parseHost,
  parseListen,
  parseOrigin,
  type Parser,
  parseSeconds,
  parseVersion,
  urlAt,
} from "./values.ts";

const FINGERPRINT_MODES = ["normalize", "passthrough"] as const;
const AFFINITIES = ["session", "none"] as const;
const REQUEST_FORMS = ["auto", "plain", "lite"] as const;
const ANSWERS_WITHOUT_ACCOUNT = ["limits", "overloaded"] as const;
const LOG_FORMATS = ["text", "json"] as const;
/** From the most to the least that is told. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

export type FingerprintMode = typeof FINGERPRINT_MODES[number];
export type LogFormat = typeof LOG_FORMATS[number];
export type LogLevel = typeof LOG_LEVELS[number];

/** The value of each flag. */
export interface Settings {
  readonly listen: Listen;
  readonly adminListen: Listen;
  readonly accountsDir: string;
  readonly routingPolicy: PolicyName;
  readonly fingerprintMode: FingerprintMode;
  readonly affinity: typeof AFFINITIES[number];
  /** Of SDK callers' turns; `auto` goes by the model. */
  readonly requestForm: typeof REQUEST_FORMS[number];
  readonly unavailable: typeof ANSWERS_WITHOUT_ACCOUNT[number];
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

/** What a person gave for a flag, by the flag itself or by its twin. */
export interface Given {
  /** The flag with its dashes, or the name of its twin: for errors. */
  readonly source: string;
  /** Not empty. */
  readonly values: readonly string[];
}

/** Looks up an environment variable; a function, so that tests can pass one. */
export type Environment = (name: string) => string | undefined;

/** What a default may depend on. */
export interface Surroundings {
  readonly env: Environment;
  readonly os: typeof Deno.build.os;
}

export interface Flag<T> {
  /** Without its dashes. */
  readonly name: string;
  /** The variable that is used where the flag is not given. */
  readonly twin: string;
  /** As a person would give it; undefined if there is no default. */
  readonly default: string | undefined;
  readonly help: string;
  /**
   * Whether it may be given more than once; its twin then takes a list with
   * commas.
   */
  readonly repeatable: boolean;
  /** `given` is undefined where neither the flag nor its twin is set. */
  readonly read: (
    given: Given | undefined,
    surroundings: Surroundings,
  ) => Result<T, string>;
}

/** In the order of `--help`; the first bad value in this order is reported. */
export const FLAGS: { readonly [K in keyof Settings]: Flag<Settings[K]> } = {
  listen: single({
    name: "listen",
    twin: "CODAZE_LISTEN",
    default: "127.0.0.1:18039",
    help: "public listener",
    parse: parseListen,
  }),
  adminListen: single({
    name: "admin-listen",
    twin: "CODAZE_ADMIN_LISTEN",
    default: "127.0.0.1:18040",
    help: "admin listener",
    parse: parseListen,
  }),
  accountsDir: {
    name: "accounts-dir",
    twin: "CODAZE_ACCOUNTS_DIR",
    default: "$HOME/.codaze",
    help: "folder of account files",
    repeatable: false,
    // How the home folder is found and joined depends on the system.
    read: (given, { env, os }) =>
      accountsDirOf({
        value: given?.values.at(-1),
        source: given?.source ?? "--accounts-dir",
        env,
        os,
      }),
  },
  routingPolicy: single({
    name: "routing-policy",
    twin: "CODAZE_ROUTING_POLICY",
    default: "quota",
    help: POLICY_NAMES.join(", "),
    parse: choiceOf(POLICY_NAMES),
  }),
  fingerprintMode: single({
    name: "fingerprint-mode",
    twin: "CODAZE_FINGERPRINT_MODE",
    default: "normalize",
    help: FINGERPRINT_MODES.join(", "),
    parse: choiceOf(FINGERPRINT_MODES),
  }),
  affinity: single({
    name: "affinity",
    twin: "CODAZE_AFFINITY",
    default: "session",
    help: "session: a session stays on its account; none",
    parse: choiceOf(AFFINITIES),
  }),
  requestForm: single({
    name: "request-form",
    twin: "CODAZE_REQUEST_FORM",
    default: "auto",
    help: `form of SDK callers' turns: ${REQUEST_FORMS.join(", ")}`,
    parse: choiceOf(REQUEST_FORMS),
  }),
  unavailable: single({
    name: "unavailable",
    twin: "CODAZE_UNAVAILABLE",
    default: "limits",
    help: `answer when no account is left: ${
      ANSWERS_WITHOUT_ACCOUNT.join(", ")
    }`,
    parse: choiceOf(ANSWERS_WITHOUT_ACCOUNT),
  }),
  codexVersion: single({
    name: "codex-version",
    twin: "CODAZE_CODEX_VERSION",
    default: "0.171.0",
    help: "version of the official client to appear as",
    parse: parseVersion,
  }),
  shutdownGraceMs: single({
    name: "shutdown-grace-period-seconds",
    twin: "CODAZE_SHUTDOWN_GRACE_PERIOD_SECONDS",
    default: "10",
    help: "time open turns have to end",
    parse: parseSeconds,
  }),
  upstream: single({
    name: "upstream",
    twin: "CODAZE_UPSTREAM",
    default: "https://chatgpt.com/backend-api/codex",
    help: "base URL of the Codex backend",
    parse: urlAt("https://chatgpt.com"),
  }),
  authIssuer: single({
    name: "auth-issuer",
    twin: "CODAZE_AUTH_ISSUER",
    default: "https://auth.openai.com",
    help: "origin of the token endpoint",
    parse: urlAt("https://auth.openai.com"),
  }),
  maxBodyBytes: single({
    name: "max-body-bytes",
    twin: "CODAZE_MAX_BODY_BYTES",
    default: "67108864",
    help: "largest request body, decoded",
    parse: parseBytes,
  }),
  allowedHosts: repeated({
    name: "allowed-host",
    twin: "CODAZE_ALLOWED_HOST",
    help: "extra Host[:port] the public port answers to; repeatable",
    parse: parseHost,
  }),
  allowedOrigins: repeated({
    name: "allowed-origin",
    twin: "CODAZE_ALLOWED_ORIGIN",
    help: "Origin that may call the public port; repeatable",
    parse: parseOrigin,
  }),
  logFormat: single({
    name: "log-format",
    twin: "CODAZE_LOG_FORMAT",
    default: "text",
    help: LOG_FORMATS.join(", "),
    parse: choiceOf(LOG_FORMATS),
  }),
  logLevel: single({
    name: "log-level",
    twin: "CODAZE_LOG_LEVEL",
    default: "info",
    help: LOG_LEVELS.join(", "),
    parse: choiceOf(LOG_LEVELS),
  }),
};

interface SingleRow<T> {
  readonly name: string;
  readonly twin: string;
  readonly default: string;
  readonly help: string;
  readonly parse: Parser<T>;
}

function single<T>({ parse, ...row }: SingleRow<T>): Flag<T> {
  return {
    ...row,
    repeatable: false,
    read: (given) =>
      parse(
        given?.source ?? `--${row.name}`,
        given?.values.at(-1) ?? row.default,
      ),
  };
}

type RepeatedRow<T> = Omit<SingleRow<T>, "default">;

function repeated<T>(
  { parse, ...row }: RepeatedRow<T>,
): Flag<readonly T[]> {
  return {
    ...row,
    default: undefined,
    repeatable: true,
    read: (given) => {
      if (given === undefined) return ok([]);
      const values: T[] = [];
      for (const text of given.values) {
        const parsed = parse(given.source, text);
        if (!parsed.ok) return parsed;
        values.push(parsed.value);
      }
      return ok(values);
    },
  };
}
