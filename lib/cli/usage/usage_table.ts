/**
 * The usage as a table that fits 80 columns. Pure. Escapes control characters,
 * because labels and models are text from elsewhere.
 */
import { shortIds } from "../../accounts/pool/short_ids.ts";
import { bold } from "@std/fmt";
import type { Figures } from "../../usage/figures.ts";
import type { UsageView } from "../pool/pool.ts";
import { type Cell, layOut } from "../terminal/table_layout.ts";
import { cutTo, visible } from "../terminal/text_width.ts";
import { counted, shortNumber } from "../terminal/words.ts";
import { type By, type Group, groupsOf, totalOf } from "./groups.ts";

export interface UsageTableOptions {
  readonly by: By;
  /** How many days were asked for. */
  readonly days: number;
}

const TITLES: Readonly<Record<By, string>> = {
  day: "DAY",
  account: "ACCOUNT",
  model: "MODEL",
};

/** The other columns take 54 at most. */
const NAME_COLUMNS = 24;

type Column = readonly [title: string, textOf: (figures: Figures) => string];

const COLUMNS: readonly Column[] = [
  ["TURNS", ({ turns }) => String(turns)],
  ["INPUT", ({ input }) => shortNumber(input)],
  ["CACHED", ({ cached }) => shortNumber(cached)],
  ["OUTPUT", ({ output }) => shortNumber(output)],
  ["REASONING", ({ reasoning }) => shortNumber(reasoning)],
  // Left out where nothing has moved.
  ["MOVES", ({ moves }) => moves === 0 ? "" : String(moves)],
  [
    "COLD",
    ({ moves, cold_input }) => moves === 0 ? "" : shortNumber(cold_input),
  ],
];

/** All that `codaze usage` prints; no line ends in blanks. */
export function usageText(
  view: UsageView,
  { by, days }: UsageTableOptions,
): string {
  const groups = groupsOf(view, by);
  if (groups.length === 0) {
    return `No turns in the last ${counted(days, "day")}`;
  }
  const ids = shortIds(groups.flatMap(({ account }) => account ?? []));
  const rows = groups.map((group) => [
    cutTo(visible(nameOf(group, by, ids)), NAME_COLUMNS),
    ...figureTexts(group),
  ]);
  const total = ["total", ...figureTexts(totalOf(view))];
  return tableText([TITLES[by], ...COLUMNS.map(([title]) => title)], [
    ...rows,
    total,
  ]);
}

function nameOf(
  { day, account, label, model }: Group,
  by: By,
  ids: ReadonlyMap<string, string>,
): string {
  switch (by) {
    case "day":
      return day;
    case "account":
      if (account === null) return "removed account";
      return label ?? ids.get(account) ?? account;
    case "model":
      return model;
  }
}

function figureTexts(figures: Figures): readonly string[] {
  return COLUMNS.map(([_, textOf]) => textOf(figures));
}

/** Figures stand at the right of their columns; the last row is bold. */
function tableText(
  head: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
): string {
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0))
  );
  const aligned = (text: string, at: number) =>
    at === 0 || text === "" ? text : text.padStart(widths[at] ?? 0);
  const cells = rows.map((row, index) =>
    row.map((text, at): Cell => ({
      text: aligned(text, at),
      paint: index === rows.length - 1 ? bold : (one) => one,
    }))
  );
  return layOut(head.map(aligned), cells).lines
    .map((line) => line.trimEnd()).join("\n");
}
