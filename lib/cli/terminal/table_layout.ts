/**
 * Lays out cells in columns as wide as their contents, and makes a table fit a
 * terminal: its columns give way in an order that the table names. Pure.
 */
import { bold } from "@std/fmt";
import { cutTo, padTo, widthOf } from "./text_width.ts";

export interface Cell {
  /** Visible text, without colours. */
  readonly text: string;
  readonly paint: (text: string) => string;
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: ReadonlyArray<readonly Cell[]>;
}

/** A column that makes room: it is left out, or cut to so many columns. */
export type GivesWay =
  | { readonly drop: string }
  | {
    readonly cut: string;
    readonly to: number;
    /** How it is cut; by default at its end. */
    readonly by?: Cut;
  };

type Cut = (text: string, width: number) => string;

export interface TableLayout {
  /** The head first; all have the same width. */
  readonly lines: readonly string[];
  /** Width of a line. */
  readonly width: number;
}

const GAP = "  ";

/** A column that is empty in every row is left out. */
export function layOut(
  allHead: Table["head"],
  allRows: Table["rows"],
): TableLayout {
  const { head, rows } = withoutEmpty({ head: allHead, rows: allRows });
  const titles = head.map((text) => ({ text, paint: bold }));
  const widths = widthsOf({ head, rows });
  const line = (row: readonly Cell[]) =>
    widths.map((width, at) => padded(row[at], width)).join(GAP);
  return { lines: [titles, ...rows].map(line), width: sum(widths) };
}

/**
 * The table in at most `columns` columns, however few: it gives way step by
 * step, as far as it must; after the last step, from its right end.
 */
export function fitted(
  table: Table,
  { columns, givesWay }: {
    readonly columns: number;
    readonly givesWay: readonly GivesWay[];
  },
): Table {
  let fit = withoutEmpty(table);
  const isTooWide = () => sum(widthsOf(fit)) > columns;
  for (const step of givesWay) {
    if (!isTooWide()) return fit;
    fit = "drop" in step
      ? without(fit, fit.head.indexOf(step.drop))
      : withCut(fit, fit.head.indexOf(step.cut), step);
  }
  while (isTooWide() && fit.head.length > 1) {
    fit = without(fit, fit.head.length - 1);
  }
  return isTooWide() ? withCut(fit, 0, { to: columns }) : fit;
}

function withoutEmpty({ head, rows }: Table): Table {
  const used = head.map((_, at) => rows.some((row) => row[at]?.text !== ""));
  const kept = <T>(cells: readonly T[]) => cells.filter((_, at) => used[at]);
  return { head: kept(head), rows: rows.map(kept) };
}

function without({ head, rows }: Table, column: number): Table {
  const kept = <T>(cells: readonly T[]) =>
    cells.filter((_, at) => at !== column);
  return { head: kept(head), rows: rows.map(kept) };
}

function withCut(
  { head, rows }: Table,
  column: number,
  { to, by = cutTo }: { readonly to: number; readonly by?: Cut },
): Table {
  return {
    head: head.map((text, at) => at === column ? cutTo(text, to) : text),
    rows: rows.map((row) =>
      row.map((cell, at) =>
        at === column ? { ...cell, text: by(cell.text, to) } : cell
      )
    ),
  };
}

function widthsOf({ head, rows }: Table): readonly number[] {
  return head.map((title, at) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[at]?.text ?? "")))
  );
}

function sum(widths: readonly number[]): number {
  const gaps = GAP.length * Math.max(0, widths.length - 1);
  return widths.reduce((all, width) => all + width, gaps);
}

function padded(cell: Cell | undefined, width: number): string {
  if (cell === undefined) return padTo("", width);
  const blanks = padTo(cell.text, width).slice(cell.text.length);
  return cell.paint(cell.text) + blanks;
}
