/** A log that writes what a person reads, into a list. */
import { stripAnsiCode } from "@std/fmt";
import { createLog } from "../../lib/cli/process/log.ts";
import type { LogLevel } from "../../lib/config/flags.ts";
import type { Log } from "../../lib/runtime.ts";

export interface TextLog {
  readonly log: Log;
  readonly lines: string[];
}

export function textLog(
  { level = "info", now = Date.now }: {
    readonly level?: LogLevel;
    readonly now?: () => number;
  } = {},
): TextLog {
  const lines: string[] = [];
  const log = createLog({
    format: "text",
    level,
    now,
    write: (line) => lines.push(stripAnsiCode(line)),
  });
  return { log, lines };
}
