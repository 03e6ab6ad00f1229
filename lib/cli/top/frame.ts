/** The whole screen of `codaze top` as lines. Pure. */
import { durationText } from "../../server/admin/duration_text.ts";
import { counted } from "../terminal/words.ts";
import { headlineText } from "../watch/headline_text.ts";
import type { Shown } from "../watch/shown.ts";
import { accountLines } from "./account_table.ts";
import {
  cell,
  columnsOf,
  type Line,
  safe,
  type Span,
  type Style,
} from "./line.ts";
import { accountsOf, indexOfChosen, type TopState, turnsOf } from "./state.ts";
import { turnLines } from "./turn_table.ts";

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

export interface FrameOptions extends FrameSize {
  /** The gateway's clock, in ms. */
  readonly now: number;
  /** Printed once: no account is chosen. */
  readonly isStill?: boolean;
}

/** So many turns are seen, however many accounts there are. */
const TURN_ROWS = 10;
/** So many accounts, however many turns. */
const ACCOUNT_ROWS = 3;

/** Exactly `rows` lines; none is wider than `columns`. */
export function frame(state: TopState, options: FrameOptions): readonly Line[] {
  const { rows, columns } = options;
  const { shown } = state;
  const foot = footLine(state, columns);
  const body = state.isHelp
    ? HELP.map((text) => line(text, columns))
    : shown === undefined
    ? [line(state.lost === undefined ? "" : OFFLINE, columns, "bold")]
    : bodyLines(state, shown, { ...options, rows: rows - 1 });
  const room = Math.max(0, rows - 1);
  const blank: Line = [];
  const filled = Array.from({ length: room }, (_, at) => body[at] ?? blank);
  return [...filled, foot].slice(-Math.max(1, rows));
}

const OFFLINE = "Not connected, trying again.";

function bodyLines(
  state: TopState,
  shown: Shown,
  { columns, rows, now, isStill = false }: FrameOptions,
): readonly Line[] {
  const accounts = accountsOf(state);
  const turns = turnsOf(state);
  const open = turns.filter(({ outcome }) => outcome === null).length;
  const top = [
    titleLine(shown, columns, now),
    headLine(state, shown, { columns, now }),
    ...problemLines(shown, columns),
  ];
  // Two heads and, where there is room, a blank line in front of each.
  const isTight = rows < 16;
  const gap: readonly Line[] = isTight ? [] : [[]];
  const room = rows - top.length - 2 * gap.length;
  const wanted = 1 + Math.min(
    Math.max(1, turns.length),
    TURN_ROWS + Math.min(open, ACCOUNT_ROWS),
  );
  const forAccounts = Math.max(
    1 + Math.min(accounts.length, ACCOUNT_ROWS),
    Math.min(1 + accounts.length, room - wanted),
  );
  const accountRows = accountLines({
    accounts,
    chosen: isStill ? -1 : indexOfChosen(state, accounts),
    columns,
    rows: forAccounts,
    now,
  });
  const turnRows = turnLines({
    turns,
    columns,
    rows: room - accountRows.length,
    now,
  });
  const lines = [
    ...top,
    ...gap,
    ...accountRows,
    ...gap,
    ...turnRows,
    ...turns.length > 0 ? [] : [noTurns(shown, columns)],
  ];
  // What is old is pale, but for the line that says so.
  return state.lost === undefined
    ? lines
    : lines.map((one, at) => at === HEADLINE ? one : one.map(pale));
}

/** Its index among the lines. */
const HEADLINE = 1;

function pale(span: Span): Span {
  return { ...span, style: "dim" };
}

function titleLine(
  { about, policy, turnsOpen, turnsEnded }: Shown,
  columns: number,
  now: number,
): Line {
  const up = about.startedAt === null
    ? ""
    : `, up ${durationText(Math.max(0, now - about.startedAt))}`;
  const start = `Codaze ${about.version}${up}, policy ${policy}`;
  const end = `${counted(turnsOpen, "turn")} under way, ${turnsEnded} ended`;
  const width = columns - columnsOf(end) - 2;
  if (width < 30) return line(start, columns, "bold");
  return [
    cell(start, width, { style: "bold" }),
    { text: `  ${end}`, style: "plain" },
  ];
}

function headLine(
  { lost }: TopState,
  shown: Shown,
  { columns, now }: { readonly columns: number; readonly now: number },
): Line {
  if (lost === "crowded") {
    return line(
      "Four follow already, which is all that may; trying again.",
      columns,
      "bad",
    );
  }
  return lost === undefined
    ? line(headlineText(shown, now), columns)
    : line(OFFLINE, columns, "bad");
}

/** The first one; the rest is counted. */
function problemLines(
  { problems }: Shown,
  columns: number,
): readonly Line[] {
  const [first, ...others] = problems;
  if (first === undefined) return [];
  const { text, cure } = first;
  const more = others.length === 0 ? "" : ` (${others.length} more)`;
  const words = `! ${text}${cure === null ? "" : `: ${cure}`}${more}`;
  return [line(words, columns, "warn")];
}

function noTurns({ turns }: Shown, columns: number): Line {
  const text = turns.length === 0
    ? "  No turns yet."
    : "  No turn with that in its account or model.";
  return line(text, columns, "dim");
}

function footLine(state: TopState, columns: number): Line {
  const { isTyping, filter, note, sort, isHelp } = state;
  if (isTyping) {
    return line(
      `Filter: ${filter}_   Enter keeps it, Esc clears it`,
      columns,
      "bold",
    );
  }
  if (note !== "") return line(note, columns, "bold");
  if (isHelp) return line("Any key goes back, q quits", columns, "dim");
  const filtered = filter === "" ? "/ filter" : `/ filter: ${safe(filter)}`;
  return line(
    `q quit  ? help  ↑↓ choose  p pause  w wake  s sort: ${sort}  ${filtered}`,
    columns,
    "dim",
  );
}

function line(text: string, columns: number, style: Style = "plain"): Line {
  return [cell(text, columns, { style })];
}

const HELP: readonly string[] = [
  "Keys",
  "",
  "  up, down, j, k  choose an account; also PgUp, PgDn, Home, End",
  "  p               pause the chosen account, or resume it",
  "  w               wake it: forget what it waits for",
  "  s               sort accounts: name, week, 5 h, state, turns under way",
  "  /               show only accounts and turns that contain what you type",
  "  Esc             show all again",
  "  q, Ctrl-C       quit",
  "",
  "Turns",
  "",
  "  TOOK            how long it took, or how long it is under way (▸)",
  "  WHY             why the account was chosen, or where the session was before",
  "  FIRST           until the first event came",
  "  TOKENS          in and out, as upstream counts them at the end",
  "  CACHED          how much of what went in upstream had in its cache",
];
