/** Lays out cells in columns as wide as their contents. Pure. */
import { bold } from "@std/fmt";
import { padTo, widthOf } from "./text_width.ts";

export interface Cell {
  /** Visible text, without colours. */
  readonly text: string;
  readonly paint: (text: string) => string;
}

export interface TableLayout {
  /** The head first; all have the same width. */
  readonly lines: readonly string[];
  /** Width of a line. */
  readonly width: number;
}

const GAP = "  ";

/** A column that is empty in every row is left out. */
export function layOut(
  head: readonly string[],
  rows: ReadonlyArray<readonly Cell[]>,
): TableLayout {
  const titles = head.map((text) => ({ text, paint: bold }));
  const used = head.flatMap((_, at) =>
    rows.some((row) => row[at]?.text !== "") ? [at] : []
  );
  const widths = head.map((_, at) =>
    Math.max(...[titles, ...rows].map((row) => widthOf(row[at]?.text ?? "")))
  );
  const line = (row: readonly Cell[]) =>
    used.map((at) => padded(row[at], widths[at] ?? 0)).join(GAP);
  const width = used.reduce((sum, at) => sum + (widths[at] ?? 0), 0);
  return {
    lines: [titles, ...rows].map(line),
    width: width + GAP.length * (used.length - 1),
  };
}

function padded(cell: Cell | undefined, width: number): string {
  if (cell === undefined) return padTo("", width);
  const blanks = padTo(cell.text, width).slice(cell.text.length);
  return cell.paint(cell.text) + blanks;
}
