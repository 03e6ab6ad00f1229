/** The turns on the screen of `codaze top`, a line for each. Pure. */
import { shortNumber } from "../terminal/words.ts";
import type { ShownTurn } from "../watch/shown.ts";
import {
  cachedText,
  clockOf,
  endWords,
  isFailed,
  reasonWords,
  tookText,
} from "../watch/turn_words.ts";
import { cell, columnsOf, type Line, safe, type Style } from "./line.ts";

export interface TurnTable {
  /** Those under way first. */
  readonly turns: readonly ShownTurn[];
  readonly columns: number;
  /** Lines, with the head. */
  readonly rows: number;
  readonly now: number;
}

/** Always kept for turns that have ended, however many are under way. */
const ENDED_ROWS = 3;

export function turnLines(table: TurnTable): readonly Line[] {
  const { turns, rows, now } = table;
  const room = Math.max(0, rows - 1);
  const columns = columnsIn(table);
  const open = turns.filter(({ outcome }) => outcome === null);
  const ended = turns.filter(({ outcome }) => outcome !== null);
  const shownOpen = open.slice(
    0,
    Math.max(1, room - Math.min(ended.length, ENDED_ROWS)),
  );
  const shown = [...shownOpen, ...ended].slice(0, room);
  const titles = columns.map(({ title, width, right, gap }) => [
    { text: gap, style: "plain" as const },
    cell(title, width, { style: "bold", right }),
  ]);
  return [
    titles.flat(),
    ...shown.map((turn) => rowOf(turn, columns, now)),
  ].slice(0, rows);
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly right: boolean;
  /** In front of it. */
  readonly gap: string;
  /** May be cut; `width` lets it choose shorter words. */
  readonly text: (turn: ShownTurn, now: number, width: number) => string;
}

/** What goes first when a terminal is narrow. */
const GIVE_WAY = ["CACHED", "FIRST", "MODEL", "BEGAN", "TOKENS"];
const LEAST_WHY = 12;

function columnsIn({ turns, columns }: TurnTable): readonly Column[] {
  const isWide = columns >= 100;
  const longest = (texts: readonly string[], least: number, most: number) =>
    Math.min(
      most,
      Math.max(least, ...texts.map((one) => columnsOf(safe(one)))),
    );
  const names = turns.map(({ name }) => name);
  const models = turns.map(({ model }) => model);
  const left = { right: false, gap: "  " };
  const right = { right: true, gap: " " };
  const tokens: readonly Column[] = isWide
    ? [
      { title: "IN", width: 6, ...right, text: inText },
      { title: "CACHED", width: 7, ...right, text: cachedText },
      { title: "OUT", width: 6, ...right, text: outText },
    ]
    : [
      { title: "TOKENS", width: 6, ...right, text: tokensText },
      { title: "CACHED", width: 6, ...right, text: cachedText },
    ];
  let all: readonly Column[] = [
    {
      title: isWide ? "STARTED" : "BEGAN",
      width: isWide ? 8 : 5,
      ...left,
      text: ({ startedAt }) => clockOf(startedAt, isWide),
    },
    { title: "TOOK", width: 6, ...right, text: took },
    {
      title: "MODEL",
      width: longest(models, 5, isWide ? 24 : 13),
      ...left,
      text: ({ model }) => model,
    },
    {
      title: "ACCOUNT",
      width: longest(names, 7, isWide ? 28 : 10),
      ...left,
      text: ({ name }) => name === "" ? "–" : name,
    },
    { title: "WHY", width: 0, ...left, text: whyText },
    { title: "FIRST", width: 6, ...right, text: first },
    ...tokens,
  ];
  const rest = () =>
    columns - all.reduce((sum, { width, gap }) => sum + width + gap.length, 0);
  for (const title of GIVE_WAY) {
    if (rest() < LEAST_WHY) all = all.filter((one) => one.title !== title);
  }
  const width = Math.min(48, Math.max(0, rest()));
  return all.map((one) => one.title === "WHY" ? { ...one, width } : one);
}

function rowOf(
  turn: ShownTurn,
  columns: readonly Column[],
  now: number,
): Line {
  const style = styleOf(turn);
  return columns.flatMap(({ width, right, gap, text }, at) => [
    {
      text: at === 0 && turn.outcome === null ? "▸ " : gap,
      style: "good" as const,
    },
    cell(text(turn, now, width), width, { style, right }),
  ]);
}

function styleOf(turn: ShownTurn): Style {
  if (turn.outcome === null) return "bold";
  if (isFailed(turn)) return "bad";
  return turn.outcome === "completed" ? "plain" : "dim";
}

function took({ ms, startedAt, outcome }: ShownTurn, now: number): string {
  if (outcome !== null) return tookText(ms);
  if (startedAt === null) return "";
  const seconds = Math.max(0, Math.floor((now - startedAt) / 1000));
  return seconds < 60 ? `${seconds} s` : tookText(seconds * 1000);
}

function first({ firstEventMs }: ShownTurn): string {
  return firstEventMs === null ? "–" : tookText(firstEventMs);
}

function whyText(turn: ShownTurn, now: number, width: number): string {
  const words = endWords(turn) || reasonWords(turn, now);
  const { moved } = turn;
  return moved === null || columnsOf(safe(words)) <= width
    ? words
    : endWords(turn) ||
      reasonWords({ ...turn, moved: { ...moved, until: null } }, now);
}

function inText({ tokens }: ShownTurn): string {
  return tokens === null ? "–" : shortNumber(tokens.input);
}

function outText({ tokens }: ShownTurn): string {
  return tokens === null ? "–" : shortNumber(tokens.output);
}

function tokensText({ tokens }: ShownTurn): string {
  return tokens === null ? "–" : shortNumber(tokens.input + tokens.output);
}
