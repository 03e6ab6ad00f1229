/** The texts of `codaze help`: the list, one command, the flags. Pure. */
import { type Flag, FLAGS } from "../../config/flags.ts";
import { wrapped } from "../terminal/text_width.ts";
import { EXIT_CODES, type Manual } from "./manual.ts";
import { GROUPS } from "./manuals.ts";

const COLUMNS = 80;

type Row = readonly [left: string, right: string];

/** One screen: the commands, one line each. */
export function overview(): string {
  const groups = GROUPS.map(([heading, manuals]) => {
    const rows = manuals.map(({ name, summary }): Row => [name, summary]);
    return `${heading}:\n${columns(rows, NAME_WIDTH)}`;
  });
  return [
    "codaze: a local gateway for your own ChatGPT accounts",
    "Usage: codaze [COMMAND] [FLAGS]",
    ...groups,
    "codaze help COMMAND tells more about one; codaze help flags lists the flags.",
  ].join("\n\n");
}

const NAME_WIDTH = Math.max(
  ...GROUPS.flatMap(([, manuals]) => manuals.map(({ name }) => name.length)),
);

/** All about one command. */
export function page(manual: Manual): string {
  const { name, words, summary, more = [], options = [], examples } = manual;
  const usage = ["codaze", name, options.length > 0 ? "[OPTIONS]" : "", words]
    .filter((part) => part !== "").join(" ");
  const exits = (manual.exits ?? EXIT_CODES).map(
    ([code, when]): Row => [String(code), when],
  );
  return [
    `${usage}\n${sentence(summary)}`,
    ...more.map((text) => wrapped(text, COLUMNS).join("\n")),
    ...(options.length > 0 ? [`Options:\n${columns(options)}`] : []),
    `Examples:\n${columns(examples)}`,
    `Exit codes:\n${columns(exits)}`,
    "It also takes the flags of codaze help flags.",
  ].join("\n\n");
}

/** The flags that every command takes. */
export function flagsPage(): string {
  const rows = Object.values(FLAGS).map((flag): Row => [
    `--${flag.name}`,
    flag.help + defaultOf(flag),
  ]);
  return [
    "Flags, for every command:",
    columns(rows),
    wrapped(
      "Each has an environment twin: CODAZE_ and the name in capitals, as in CODAZE_LOG_LEVEL. --help (-h) shows the help of a command, --version (-V) the version.",
      COLUMNS,
    ).join("\n"),
  ].join("\n\n");
}

/** Only tests change these, so their long defaults are left out. */
const WITHOUT_DEFAULT: readonly Flag<unknown>[] = [
  FLAGS.upstream,
  FLAGS.authIssuer,
];

function defaultOf(flag: Flag<unknown>): string {
  const isShown = flag.default !== undefined && !WITHOUT_DEFAULT.includes(flag);
  return isShown ? ` (${flag.default})` : "";
}

/** Two columns, indented; long text on the right goes on below itself. */
function columns(
  rows: readonly Row[],
  width = Math.max(...rows.map(([left]) => left.length)),
): string {
  const indent = " ".repeat(width + 4);
  return rows.map(([left, right]) => {
    const room = COLUMNS - indent.length;
    // Beside a very long example, there is no room.
    if (room < 20) return `  ${left}\n      ${right}`;
    const lines = wrapped(right, room).join(`\n${indent}`);
    return `  ${left.padEnd(width)}  ${lines}`;
  }).join("\n");
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
