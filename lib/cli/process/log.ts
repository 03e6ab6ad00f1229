/**
 * Log lines on stderr, as text or as JSON, one event each.
 *
 * Does not redact: the code that logs must leave out tokens, prompts and
 * answers.
 */
import { dim, red, setColorEnabled, yellow } from "@std/fmt";
import type { Config } from "../../config/config.ts";
import {
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
} from "../../config/flags.ts";
import type { Log, LogFields } from "../../runtime.ts";
import { logLines } from "../terminal/log_lines.ts";

/** Uses colours only on a terminal. */
export function consoleLog(
  config: Pick<Config, "logFormat" | "logLevel">,
): Log {
  setColorEnabled(Deno.stderr.isTerminal() && !Deno.noColor);
  const lines = logLines();
  const log = createLog({
    format: config.logFormat,
    level: config.logLevel,
    now: Date.now,
    write: (line, level) => lines.add(line, { urgent: URGENT.has(level) }),
  });
  lines.onLost((count) => log.warn("log lines were lost", { lines: count }));
  return log;
}

/** Levels whose lines do not wait for others. */
const URGENT: ReadonlySet<LogLevel> = new Set(["warn", "error"]);

export interface LogOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  readonly now: () => number;
  readonly write: (line: string, level: LogLevel) => void;
}

export function createLog(options: LogOptions): Log {
  const least = LOG_LEVELS.indexOf(options.level);
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(level) < least) return;
    const time = new Date(options.now()).toISOString();
    options.write(
      options.format === "json"
        ? inOneLine(JSON.stringify({ time, level, message, ...fields }))
        : textLine(time, level, message, fields),
      level,
    );
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}

const PAINT: Readonly<Record<LogLevel, (text: string) => string>> = {
  debug: dim,
  info: (text) => text,
  warn: yellow,
  error: red,
};

function textLine(
  time: string,
  level: LogLevel,
  message: string,
  fields: LogFields = {},
): string {
  const name = PAINT[level](level.padEnd(5));
  let line = `${dim(time)} ${name} ${inOneLine(message)}`;
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${key}=${quoted(value)}`;
  }
  return line;
}

function quoted(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  return PLAIN.test(value) ? value : inOneLine(JSON.stringify(value));
}

const PLAIN = /^[\w.:/@+-]+$/;

/**
 * Escapes line breaks and the control characters that a terminal obeys
 * (ECMA-48, section 5.4). `JSON.stringify` escapes only the first 32.
 */
function inOneLine(text: string): string {
  return text.replaceAll(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
