/**
 * Puts lines of ours into Codex's `config.toml`, and takes exactly those out
 * again. Every other byte stays. Pure.
 *
 * A line of ours says so in a comment. One that replaces another has that one
 * above it, as a comment. Each edit is checked: read as TOML, the new text must
 * differ from the old one in our keys alone.
 */
import { isDeepStrictEqual } from "node:util";
import { parse } from "@std/toml";
import { isObject, type JsonObject } from "../../protocol/json.ts";
import { err, ok, type Result } from "../../result.ts";

/** The top-level keys that are ours to set. */
export const KEYS = ["openai_base_url", "chatgpt_base_url"] as const;
export type Key = typeof KEYS[number];

/** A URL for each key that is to be set. */
export type Wanted = ReadonlyMap<Key, string>;

const OURS = "# by codaze connect";
const MADE = `${OURS}, which made this file`;
const KEPT = "# codaze connect found: ";
const BYTE_ORDER_MARK = "\ufeff";

/**
 * The text with these lines. Undefined as `text`: there is no file yet. The
 * error says why it cannot be edited.
 */
export function withLines(
  text: string | undefined,
  wanted: Wanted,
): Result<string, string> {
  const isNew = text === undefined;
  const [mark, old] = splitMark(text ?? "");
  let edited = old;
  // From the last on, because new lines go to the top.
  for (const [key, url] of [...wanted].toReversed()) {
    const line = `${key} = ${JSON.stringify(url)}  ${isNew ? MADE : OURS}`;
    const next = withLine(edited, { key, url, line });
    if (!next.ok) return next;
    edited = next.value;
  }
  return ok(mark + edited);
}

interface Setting {
  readonly key: Key;
  readonly url: string;
  readonly line: string;
}

function withLine(
  text: string,
  { key, url, line }: Setting,
): Result<string, string> {
  const before = readToml(text);
  if (!before.ok) return before;
  if (before.value[key] === url) return ok(text);
  const isGood = (edited: string) =>
    isSame(edited, { ...before.value, [key]: url });
  if (!Object.hasOwn(before.value, key)) {
    const end = /\r?\n/.exec(text)?.[0] ?? "\n";
    const edited = line + end + text;
    return isGood(edited) ? ok(edited) : err("it cannot be edited");
  }
  const edited = [...replacements(text, key, line)].filter(isGood);
  const [only, ...more] = edited;
  return only !== undefined && more.length === 0
    ? ok(only)
    : err(`its ${key} is written in a way that Codaze does not edit`);
}

/** The texts in which one line that seems to set the key is another. */
function* replacements(
  text: string,
  key: Key,
  line: string,
): Generator<string> {
  const setting = new RegExp(
    `^[ \\t]*(["']?)${key}\\1[ \\t]*=[^\\n]*?(?=\\r?\\n|(?![^]))`,
    "gm",
  );
  for (const { 0: old, index } of text.matchAll(setting)) {
    const kept = isOurs(old) ? "" : KEPT + old + endAfter(text, index);
    yield text.slice(0, index) + kept + madeAs(line, old) +
      text.slice(index + old.length);
  }
}

/** Keeps on saying that the file was made by us. */
function madeAs(line: string, old: string): string {
  return old.endsWith(MADE) ? line.replace(OURS, MADE) : line;
}

function endAfter(text: string, index: number): string {
  return /\r?\n/.exec(text.slice(index))?.[0] ?? "\n";
}

/** The keys that lines of ours set. */
export function ourKeys(text: string): readonly Key[] {
  const lines = splitMark(text)[1].split(/\r?\n/);
  return KEYS.filter((key) =>
    lines.some((line) => isOurs(line) && line.startsWith(`${key} =`))
  );
}

function isOurs(line: string): boolean {
  return LINE.test(line);
}

const LINE = new RegExp(
  `^(?:${KEYS.join("|")}) = "[^"\\r\\n]*"  (?:${OURS}|${MADE})$`,
);

/**
 * The text without lines of ours; undefined if that leaves nothing of a file
 * that was made for them. The error says why it cannot be edited.
 */
export function withoutLines(
  text: string,
): Result<string | undefined, string> {
  const [mark, marked] = splitMark(text);
  const before = readToml(marked);
  if (!before.ok) return before;
  const keys = ourKeys(text);
  const lines = marked.split(/(?<=\n)/);
  const isMade = lines.some((line) => body(line).endsWith(MADE));
  const edited = lines.map(restored).join("");
  const after = readToml(edited);
  if (!after.ok) return after;
  const rest = (root: JsonObject) =>
    Object.entries(root).filter(([key]) => !keys.some((one) => one === key));
  const [old, now] = [rest(before.value), rest(after.value)];
  if (!isDeepStrictEqual(Object.fromEntries(old), Object.fromEntries(now))) {
    return err("it cannot be edited");
  }
  return ok(isMade && edited === "" ? undefined : mark + edited);
}

/** What becomes of a line: nothing, if it is ours. */
function restored(line: string, at: number, lines: readonly string[]): string {
  if (isOurs(body(line))) return "";
  const next = lines[at + 1] ?? "";
  if (!line.startsWith(KEPT) || !isOurs(body(next))) return line;
  return body(line).slice(KEPT.length) + next.slice(body(next).length);
}

/** A byte order mark, if there is one, and the rest. */
function splitMark(text: string): readonly [mark: string, rest: string] {
  const length = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  return [text.slice(0, length), text.slice(length)];
}

/** A line without its end. */
function body(line: string): string {
  return line.replace(/\r?\n$/, "");
}

function isSame(text: string, expected: JsonObject): boolean {
  const read = readToml(text);
  return read.ok && isDeepStrictEqual(read.value, expected);
}

/** The error names the line but quotes nothing, as the file may hold keys. */
function readToml(text: string): Result<JsonObject, string> {
  try {
    const root = parse(text);
    return isObject(root) ? ok({ ...root }) : err("it has no keys");
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    const [, line] = /line (\d+)/.exec(message) ?? [];
    return err(
      line === undefined
        ? "it is not TOML"
        : `it is not TOML near line ${line}`,
    );
  }
}
