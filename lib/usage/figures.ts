/**
 * What turns have used, as figures that add up. Pure.
 *
 * The names are those of the files, the admin port and the command line.
 */
import { MAX_MODEL_CHARS } from "../limits.ts";

/** The tokens of one turn, as upstream counts them. */
export interface Usage {
  /** Including the cached ones. */
  readonly input: number;
  readonly cached: number;
  /** Including those of reasoning. */
  readonly output: number;
  readonly reasoning: number;
}

export const FIGURES = [
  "turns",
  "input",
  "cached",
  "output",
  "reasoning",
  /** Turns that have moved their session to another account. */
  "moves",
  /** The input of these turns that no cache had. */
  "cold_input",
] as const;

export type Figures = Readonly<Record<typeof FIGURES[number], number>>;

/** Where a sum begins. */
export const NONE: Figures = {
  turns: 0,
  input: 0,
  cached: 0,
  output: 0,
  reasoning: 0,
  moves: 0,
  cold_input: 0,
};

/** The figures of an account and a model on one day. */
export interface UsageRow extends Figures {
  /** `YYYY-MM-DD`, in local time. */
  readonly day: string;
  /** Whose account: see `ownerOf`. */
  readonly owner: string;
  readonly model: string;
}

/** Stands for models that are not told apart, or that nobody named. */
export const OTHER_MODEL = "other";

/** The model as the caller wrote it, cut to a length that fits a table. */
export function modelName(model: string | undefined): string {
  return model?.slice(0, MAX_MODEL_CHARS).toWellFormed() || OTHER_MODEL;
}

/** Both together. */
export function plus(one: Figures, other: Figures): Figures {
  return {
    turns: one.turns + other.turns,
    input: one.input + other.input,
    cached: one.cached + other.cached,
    output: one.output + other.output,
    reasoning: one.reasoning + other.reasoning,
    moves: one.moves + other.moves,
    cold_input: one.cold_input + other.cold_input,
  };
}

/** One row for all that have the same key; in the order of the keys. */
export function folded<Row extends Figures>(
  rows: Iterable<Row>,
  keyOf: (row: Row) => string,
): readonly Row[] {
  const sums = new Map<string, Row>();
  for (const row of rows) {
    const key = keyOf(row);
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? row : { ...row, ...plus(sum, row) });
  }
  return [...sums].sort(([a], [b]) => a < b ? -1 : 1).map(([, row]) => row);
}

/** The key of a row: no part of it has a line feed in it but the last. */
export function keyOf({ day, owner, model }: UsageRow): string {
  return `${day}\n${owner}\n${model}`;
}
