/**
 * Lines of a screen, made of cells that are exactly as wide as they say. Pure.
 */
import { cutTo, padTo, visible, widthOf } from "../terminal/text_width.ts";

export type Style = "plain" | "bold" | "dim" | "good" | "warn" | "bad";

/** Text that is safe to write, and how it looks. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

/** No name is read further than this. */
const MAX_CHARACTERS = 300;

/** Terminals do not agree on how wide characters are that these join. */
const JOINING = /[\u200d\ufe0e\ufe0f\u{1f3fb}-\u{1f3ff}]/gu;

/** What most text is, and needs no measuring. */
const ASCII = /^[\x20-\x7e]*$/;

/** Text from elsewhere, such as a label. */
export function safe(text: string): string {
  const start = text.slice(0, MAX_CHARACTERS).toWellFormed();
  return ASCII.test(start) ? start : visible(start.replaceAll(JOINING, ""));
}

export function columnsOf(text: string): number {
  return ASCII.test(text) ? text.length : widthOf(text);
}

/** `text` in exactly `width` columns. */
export function cell(
  text: string,
  width: number,
  { style = "plain", right = false }: {
    readonly style?: Style;
    readonly right?: boolean;
  } = {},
): Span {
  if (width <= 0) return { text: "", style };
  const whole = safe(text);
  const cut = columnsOf(whole) <= width ? whole : cutTo(whole, width);
  const padded = right
    ? " ".repeat(width - columnsOf(cut)) + cut
    : padTo(cut, width);
  return { text: padded, style };
}

/** As one text in at most `columns` columns, with colours if `colours`. */
export function lineText(
  line: Line,
  { columns, colours }: { readonly columns: number; readonly colours: boolean },
): string {
  let left = columns;
  let text = "";
  for (const span of withoutEnd(line)) {
    const cut = columnsOf(span.text) <= left
      ? span.text
      : cutTo(span.text, left);
    left -= columnsOf(cut);
    text += colours ? painted(cut, span.style) : cut;
    if (left <= 0 || cut !== span.text) break;
  }
  return text;
}

/** Without blanks at its end. */
function withoutEnd(line: Line): Line {
  const end = line.findLastIndex(({ text }) => text.trimEnd() !== "");
  return line.slice(0, end + 1).map((span, at) =>
    at === end ? { ...span, text: span.text.trimEnd() } : span
  );
}

/** The sixteen colours, which every terminal has in its own scheme. */
const CODES: Readonly<Record<Style, string>> = {
  plain: "",
  bold: "1",
  dim: "2",
  good: "32",
  warn: "33",
  bad: "31",
};

function painted(text: string, style: Style): string {
  const code = CODES[style];
  return code === "" || text === "" ? text : `\x1b[${code}m${text}\x1b[0m`;
}
