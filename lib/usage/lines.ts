/**
 * The lines of a day's file: one JSON object each, which holds what was added
 * since the line before. Pure.
 */
import { MAX_MODEL_CHARS } from "../limits.ts";
import {
  type JsonObject,
  numberField,
  parseObject,
  stringField,
} from "../protocol/json.ts";
import { FIGURES, type Figures, NONE, type UsageRow } from "./figures.ts";

const VERSION = 1;

/** The rows as lines, each with its line feed. */
export function linesOf(rows: readonly UsageRow[]): readonly string[] {
  return rows.map(({ day: _, owner, model, ...figures }) =>
    `${JSON.stringify({ v: VERSION, owner, model, ...figures })}\n`
  );
}

export interface ReadLines {
  readonly rows: readonly UsageRow[];
  /** Lines of another version: they are not ours to change. */
  readonly foreign: number;
  /** Lines that a crash has cut, and what is none of ours. */
  readonly damaged: number;
}

/** Reads what it can; `day` is that of the file. */
export function readLines(text: string, day: string): ReadLines {
  const rows: UsageRow[] = [];
  let foreign = 0;
  let damaged = 0;
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const object = parseObject(line) ?? {};
    const version = numberField(object, "v");
    const row = version === VERSION ? rowIn(object, day) : undefined;
    if (row !== undefined) rows.push(row);
    else if (version === undefined || version === VERSION) damaged++;
    else foreign++;
  }
  return { rows, foreign, damaged };
}

function rowIn(object: JsonObject, day: string): UsageRow | undefined {
  const owner = stringField(object, "owner") ?? "";
  const model = stringField(object, "model") ?? "";
  const isNamed = /^[0-9a-f]{32}$/.test(owner) && model !== "" &&
    model.length <= MAX_MODEL_CHARS;
  const figures = figuresIn(object);
  return isNamed && figures ? { day, owner, model, ...figures } : undefined;
}

/** Undefined unless each is a whole number of at least zero. */
export function figuresIn(object: JsonObject): Figures | undefined {
  const figures = { ...NONE };
  for (const key of FIGURES) {
    const value = numberField(object, key) ?? -1;
    if (!Number.isSafeInteger(value) || value < 0) return undefined;
    figures[key] = value;
  }
  return figures;
}
