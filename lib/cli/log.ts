/**
 * Log lines on stderr, as text or as JSON, one event each.
 *
 * Writes what it is given: that no token, prompt or answer is in it is the
 * duty of whoever logs.
 */
import { dim, red, yellow } from "@std/fmt";
import type { LogFormat, LogLevel } from "../config.ts";
import type { Log, LogFields } from "../runtime.ts";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

export interface LogOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  readonly now: () => number;
  readonly write: (line: string) => void;
}

export function createLog(options: LogOptions): Log {
  const least = LEVELS.indexOf(options.level);
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (LEVELS.indexOf(level) < least) return;
    const time = new Date(options.now()).toISOString();
    options.write(
      options.format === "json"
        ? JSON.stringify({ time, level, message, ...fields })
        : textLine(time, level, message, fields),
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
  const pairs = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${quoted(value)}`]
  );
  const name = PAINT[level](level.padEnd(5));
  return [dim(time), name, message, ...pairs].join(" ");
}

function quoted(value: string | number | boolean): string {
  const text = String(value);
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text);
}
