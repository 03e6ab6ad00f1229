/**
 * Log lines on stderr: as JSON with every field, or as text for a person
 * (`cli/log/`).
 *
 * Does not redact: the code that logs must leave out tokens, prompts and
 * answers.
 */
import { setColorEnabled } from "@std/fmt";
import type { Config } from "../../config/config.ts";
import {
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
} from "../../config/flags.ts";
import type { Log, LogFields } from "../../runtime.ts";
import { inOneLine } from "../log/one_line.ts";
import { type LogEvent, TextLines } from "../log/text_lines.ts";
import { logLines } from "../terminal/log_lines.ts";

/** Uses colours only on a terminal. A command needs no `tellsDay`. */
export function consoleLog(
  config: Pick<Config, "logFormat" | "logLevel">,
  { tellsDay = true } = {},
): Log {
  setColorEnabled(Deno.stderr.isTerminal() && !Deno.noColor);
  const lines = logLines();
  const log = createLog({
    format: config.logFormat,
    level: config.logLevel,
    tellsDay,
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
  /** Whether text has a line for each day. Default: true. */
  readonly tellsDay?: boolean;
  readonly now: () => number;
  readonly write: (line: string, level: LogLevel) => void;
}

export function createLog(
  { format, level: lowest, tellsDay = true, now, write }: LogOptions,
): Log {
  const least = LOG_LEVELS.indexOf(lowest);
  const text = new TextLines({ level: lowest, tellsDay });
  const linesOf = format === "json"
    ? (event: LogEvent) => [jsonLine(event)]
    : (event: LogEvent) => text.of(event);
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(level) < least) {
      return text.heard(message, fields);
    }
    for (const line of linesOf({ now: now(), level, message, fields })) {
      write(line, level);
    }
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}

function jsonLine({ now, level, message, fields }: LogEvent): string {
  const time = new Date(now).toISOString();
  return inOneLine(JSON.stringify({ time, level, message, ...fields }));
}
