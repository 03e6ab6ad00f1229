/**
 * Escapes text from elsewhere for a terminal, and measures it in columns.
 *
 * Counts as most terminals do: two columns for East Asian wide characters and
 * emoji (Unicode Annex 11), one for the rest. Does not ask the terminal.
 */

/** Joins several emoji into one; the only format character that is kept. */
const JOINER = "\u200d";

/** Control and format characters, lone surrogates, line separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Escapes everything that could move the cursor or change colours. */
export function visible(text: string): string {
  return text.replaceAll(UNSAFE, (character) => {
    if (character === JOINER) return character;
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** Created at its first use, because it costs more than a megabyte. */
let segmenter: Intl.Segmenter | undefined;

function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Regional_Indicator}|\ufe0f/u;

/** The width of a visible text, in columns. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemesOf(text)) width += columns(segment);
  return width;
}

/** Cuts a text to `width` columns; `…` stands for what was cut off. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let left = width - 1;
  for (const { segment } of graphemesOf(text)) {
    left -= columns(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The same, but what is cut off is in the middle. */
export function cutMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const end = Math.floor((width - 1) / 2);
  const start = cutTo(text, width - end);
  const segments = Array.from(graphemesOf(text), ({ segment }) => segment);
  let kept = "";
  for (const segment of segments.toReversed()) {
    if (widthOf(segment + kept) > end) break;
    kept = segment + kept;
  }
  return start + kept;
}

/** Breaks a text between words; a word that is too wide stays whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** Appends blanks up to `width` columns. */
export function padTo(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

function columns(grapheme: string): number {
  if (/^\p{M}+$/u.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}
