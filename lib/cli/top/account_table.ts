/** The accounts on the screen of `codaze top`, a line for each. Pure. */
import { durationText } from "../../server/admin/duration_text.ts";
import type { ShownAccount, ShownLeft } from "../watch/shown.ts";
import { shortClock } from "../watch/turn_words.ts";
import {
  cell,
  columnsOf,
  type Line,
  safe,
  type Span,
  type Style,
} from "./line.ts";

export interface AccountTable {
  /** All accounts that the filter lets through. */
  readonly accounts: readonly ShownAccount[];
  /** The index of the chosen one. */
  readonly chosen: number;
  readonly columns: number;
  /** Lines, with the head. */
  readonly rows: number;
  readonly now: number;
}

/** At most `rows` lines; those around the chosen account if it has to. */
export function accountLines(table: AccountTable): readonly Line[] {
  const { accounts, chosen, rows } = table;
  const room = Math.max(0, rows - 1);
  const from = Math.max(
    0,
    Math.min(chosen - Math.floor(room / 2), accounts.length - room),
  );
  const shown = accounts.slice(from, from + room);
  const widths = widthsIn(table);
  const range = shown.length < accounts.length
    ? ` ${from + 1}–${from + shown.length} of ${accounts.length}`
    : "";
  return [
    head(widths, range),
    ...shown.map((account, at) =>
      row(account, { widths, isChosen: from + at === chosen, now: table.now })
    ),
  ].slice(0, rows);
}

interface Widths {
  readonly name: number;
  readonly state: number;
  /** Of the bars alone; 0: the column is left out. */
  readonly week: number;
  readonly short: number;
  readonly resets: number;
  readonly turns: number;
}

const GAP = "  ";
/** Behind a bar: " 100 %". */
const PERCENT = 6;

/** Depends on the names and the terminal, so that columns stay where they are. */
function widthsIn({ accounts, columns }: AccountTable): Widths {
  const isWide = columns >= 100;
  const longest = Math.max(7, ...accounts.map(({ name }) => nameWidth(name)));
  const widths = {
    name: Math.min(longest, isWide ? 28 : 12),
    week: columns >= 150 ? 30 : isWide ? 14 : columns < 50 ? 4 : 8,
    short: columns >= 150 ? 20 : isWide ? 10 : columns < 70 ? 0 : 6,
    resets: columns < 60 ? 0 : 11,
    turns: isWide ? 5 : 0,
  };
  const bars = [widths.week, widths.short].filter((width) => width > 0);
  const others = [
    ...[2 + widths.name, ...bars.map((width) => width + PERCENT)],
    ...[widths.resets, widths.turns].filter((width) => width > 0),
  ];
  const taken = others.reduce((sum, width) => sum + width + GAP.length, 0);
  return { ...widths, state: Math.min(36, Math.max(0, columns - taken)) };
}

function nameWidth(name: string): number {
  return columnsOf(safe(name));
}

function head(widths: Widths, range: string): Line {
  const title = (text: string, width: number, right = false) =>
    cell(text, width, { style: "bold", right });
  // The range takes the place of the words that matter least.
  const name = range === "" ? "ACCOUNT" : `ACCOUNT${range}`;
  const first = 2 + widths.name + GAP.length + widths.state;
  return joined([
    range === ""
      ? [title("  ACCOUNT", 2 + widths.name), title("STATE", widths.state)]
      : [title(`  ${name}`, first)],
    column(widths.week, () => title("WEEK LEFT", widths.week + PERCENT)),
    column(widths.short, () => title("5 H LEFT", widths.short + PERCENT)),
    column(widths.resets, () => title("RESETS IN", widths.resets)),
    column(widths.turns, () => title("TURNS", widths.turns, true)),
  ].flat());
}

function row(
  account: ShownAccount,
  { widths, isChosen, now }: {
    readonly widths: Widths;
    readonly isChosen: boolean;
    readonly now: number;
  },
): Line {
  const { name, week, short, inFlight } = account;
  const resets = (week ?? short)?.running ? (week ?? short)?.resetsAt : null;
  const left = resets === null || resets === undefined || resets <= now
    ? ""
    : durationText(resets - now);
  const turns = inFlight === 0 ? "" : String(inFlight);
  const style = isChosen ? "bold" : "plain";
  const [first, ...others] = joined([
    cell(name, widths.name, { style }),
    state(account, widths.state, now),
    ...column(widths.week, () => bar(week, widths.week)),
    ...column(widths.short, () => bar(short, widths.short)),
    ...column(widths.resets, () => cell(left, widths.resets)),
    ...column(widths.turns, () => cell(turns, widths.turns, { right: true })),
  ]);
  const mark: Span = { text: isChosen ? "> " : "  ", style };
  return first === undefined ? [] : [mark, first, ...others];
}

function column<T>(width: number, make: () => T): readonly T[] {
  return width > 0 ? [make()] : [];
}

/** With a gap between cells; one span each, or several for a bar. */
function joined(cells: ReadonlyArray<Span | readonly Span[]>): Line {
  return cells.flatMap((one, at) => {
    const spans = "text" in one ? [one] : one;
    return at === 0
      ? spans
      : [{ text: GAP, style: "plain" as const }, ...spans];
  });
}

const MARKS: Readonly<Record<string, readonly [string, Style]>> = {
  ready: ["●", "good"],
  limited: ["◐", "warn"],
  paused: ["○", "dim"],
  needs_you: ["✕", "bad"],
};

function state(
  { mark, words, until }: ShownAccount,
  width: number,
  now: number,
): Span {
  const [sign, style] = MARKS[mark] ?? ["?", "plain"];
  const start = `${sign} ${words}`;
  if (until === null || until <= now) return cell(start, width, { style });
  const at = shortClock(until, now);
  const long = `${start} until ${at}`;
  const text = columnsOf(safe(long)) <= width ? long : `${start}, ${at}`;
  return cell(text, width, { style });
}

function bar(left: ShownLeft | null, width: number): readonly Span[] {
  if (left === null) return [cell("–", width + PERCENT, { style: "dim" })];
  const { percent } = left;
  const share = Math.round(percent / 100 * width);
  // What is not quite nothing is seen.
  const full = percent > 0 ? Math.max(1, share) : 0;
  const style = percent > 30 ? "good" : percent > 10 ? "warn" : "bad";
  return [
    { text: "█".repeat(full), style },
    { text: "░".repeat(width - full), style: "dim" },
    cell(`${percent} %`, PERCENT, { right: true }),
  ];
}
