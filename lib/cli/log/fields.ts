/** The fields of a log line, as words for a person. Pure. */
import type { LogFields } from "../../runtime.ts";
import { durationText } from "../../server/admin/duration_text.ts";
import { padTo } from "../terminal/text_width.ts";
import { clockText, shortNumber } from "../terminal/words.ts";

export function text(fields: LogFields, key: string): string {
  const value = fields[key];
  return value === undefined ? "" : String(value);
}

export function number(fields: LogFields, key: string): number | undefined {
  const value = fields[key];
  return typeof value === "number" ? value : undefined;
}

/** The account that a line is about: its label, or what it has instead. */
export function nameIn(fields: LogFields): string {
  return text(fields, "label") || text(fields, "account") || "no account";
}

/** " until 14:40" in local time, `now` in ms; empty if it is not known. */
export function untilIn(fields: LogFields, now: number, key = "until"): string {
  const at = text(fields, key);
  return at === "" ? "" : ` until ${clockText(at, now)}`;
}

/** ": the reason"; empty without one. */
export function reasonIn(fields: LogFields): string {
  // What only a programmer reads.
  const reason = text(fields, "reason").replace(/^fetch failed: /, "")
    .replaceAll(/ \(os error \d+\)/g, "");
  return reason === "" ? "" : `: ${reason}`;
}

/** "40 ms", "0.4 s", "12 s", "3 min", "2 h 5 min". */
export function spanText(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms >= 60_000) return durationText(ms);
  return ms < 9950
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.round(ms / 1000)} s`;
}

/** "17k in (94% cached), 210 out"; empty if upstream did not tell. */
export function tokensIn(fields: LogFields): string {
  const input = number(fields, "input_tokens");
  if (input === undefined) return "";
  const cached = number(fields, "cached_tokens") ?? 0;
  const share = input > 0 ? Math.floor(100 * cached / input) : 0;
  const output = number(fields, "output_tokens") ?? 0;
  return `${shortNumber(input)} in (${share}% cached), ${
    shortNumber(output)
  } out`;
}

/** Columns with two spaces between them; empty ones at the end are left out. */
export function columns(
  ...cells: readonly (readonly [text: string, width: number])[]
): string {
  return cells.map(([cell, width]) =>
    // Measuring other text takes long.
    /^[ -~–]*$/.test(cell) ? cell.padEnd(width) : padTo(cell, width)
  ).join("  ").trimEnd();
}
