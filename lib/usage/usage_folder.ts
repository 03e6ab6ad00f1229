/**
 * The files of the ledger: `.codaze-usage/YYYY-MM-DD.jsonl` in the accounts
 * dir, one for each day.
 *
 * Several gateways may append to one file: each appends whole lines in one
 * write. Nothing waits for the disk to have them: a power cut may cost some
 * figures, but no turn waits.
 */
import { join } from "@std/path";
import {
  reasonOf,
  removeLeftovers,
  writeDurably,
} from "../accounts/files/durable.ts";
import { readRegularFile } from "../accounts/files/regular_file.ts";
import { MAX_USAGE_FILE_BYTES, USAGE_DAYS } from "../limits.ts";
import { lastDays } from "./days.ts";
import { folded, keyOf, type UsageRow } from "./figures.ts";
import { linesOf, readLines } from "./lines.ts";

/** Hidden: neither an account nor a change that the watch reports. */
export const USAGE_FOLDER = ".codaze-usage";

const FILE = /^(\d{4}-\d\d-\d\d)\.jsonl$/;

/** What could not be written, and why. */
export interface Unwritten {
  readonly rows: readonly UsageRow[];
  readonly reason: string;
}

/** Appends rows of one day; undefined: all are written. */
export async function appendRows(
  dir: string,
  day: string,
  rows: readonly UsageRow[],
): Promise<Unwritten | undefined> {
  const lines = linesOf(rows);
  try {
    await makeFolder(dir);
    using file = await Deno.open(pathOf(dir, day), {
      append: true,
      create: true,
      mode: 0o600,
    });
    // The line feed ends a line that a crash or a full disk has cut.
    const bytes = new TextEncoder().encode(`\n${lines.join("")}`);
    const size = await file.write(bytes);
    const done = wholeLines(lines, size - 1);
    return done === rows.length
      ? undefined
      : { rows: rows.slice(done), reason: "the disk took only a part" };
  } catch (error) {
    return { rows, reason: reasonOf(error) };
  }
}

/** How many of these lines are whole in their first `size` bytes. */
export function wholeLines(lines: readonly string[], size: number): number {
  const encoder = new TextEncoder();
  let end = 0;
  const cut = lines.findIndex((line) => {
    end += encoder.encode(line).length;
    return end > size;
  });
  return cut === -1 ? lines.length : cut;
}

/** Not the accounts dir itself: its disk may only be unplugged. */
async function makeFolder(dir: string): Promise<void> {
  try {
    await Deno.mkdir(join(dir, USAGE_FOLDER), { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** What was read of one day. */
export interface ReadDay {
  readonly day: string;
  readonly rows: readonly UsageRow[];
  /** What was skipped, in words; empty if nothing was. */
  readonly skipped: string;
}

/** What the log says of it. */
export const SKIPPED = "lines of the usage were skipped";

/** Reads these days. A day without a file has no rows. */
export async function readDays(
  dir: string,
  days: readonly string[],
): Promise<readonly ReadDay[]> {
  const read: ReadDay[] = [];
  for (const day of days) {
    const { rows, foreign, damaged, reason } = await readDay(dir, day);
    const skipped = [
      damaged > 0 ? `${damaged} damaged` : "",
      foreign > 0 ? `${foreign} of another version` : "",
      reason,
    ].filter((words) => words !== "").join(", ");
    read.push({ day, rows: folded(rows, keyOf), skipped });
  }
  return read;
}

async function readDay(dir: string, day: string) {
  const none = { rows: [], foreign: 0, damaged: 0 };
  try {
    const read = await readRegularFile(pathOf(dir, day), MAX_USAGE_FILE_BYTES);
    return read.kind === "file"
      ? { ...readLines(new TextDecoder().decode(read.bytes), day), reason: "" }
      : { ...none, reason: "not a file of the usual size" };
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    return { ...none, reason: isMissing ? "" : reasonOf(error) };
  }
}

/**
 * Removes files of days that are over for too long, and folds those of earlier
 * days to one line per account and model. Of yesterday's, another gateway may
 * still write the last lines, so it is folded a day later.
 */
export async function tidy(dir: string, now: number): Promise<void> {
  const kept = lastDays(now, USAGE_DAYS);
  const [oldest = "", yesterday = ""] = [kept[0], kept.at(-2)];
  for (const day of await daysIn(dir)) {
    if (day < oldest) await Deno.remove(pathOf(dir, day)).catch(() => {});
    else if (day < yesterday) await fold(dir, day);
  }
}

/** Writes a day's file anew, if that makes it shorter. */
async function fold(dir: string, day: string): Promise<void> {
  const { rows, foreign, damaged, reason } = await readDay(dir, day);
  const sums = folded(rows, keyOf);
  const isShort = sums.length === rows.length && damaged === 0;
  if (isShort || foreign > 0 || reason !== "") return;
  const text = linesOf(sums).join("");
  await writeDurably(pathOf(dir, day), new TextEncoder().encode(text));
}

/** The days that have files; also removes what a crash has left. */
async function daysIn(dir: string): Promise<readonly string[]> {
  const folder = join(dir, USAGE_FOLDER);
  const days: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      const day = FILE.exec(name)?.[1];
      if (isFile && day !== undefined) days.push(day);
    }
    await removeLeftovers(folder);
  } catch {
    // Nothing was written yet, or the disk is away.
  }
  return days.sort();
}

function pathOf(dir: string, day: string): string {
  return join(dir, USAGE_FOLDER, `${day}.jsonl`);
}
