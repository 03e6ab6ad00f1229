/**
 * A screen of a terminal as an SVG: text in cells of one size, the same on every
 * machine. Knows the escape sequences for bold, dim and the eight colours.
 */
import { escape } from "@std/html";

const CELL = { width: 8, height: 18 } as const;
const MARGIN = 16;
const FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

const BACKGROUND = "#1c2120";
const FOREGROUND = "#e6e4dd";

/** From black, 30, to white, 37. */
const COLORS = [
  "#5c6462",
  "#ef8a80",
  "#7fce9f",
  "#e3b341",
  "#82aaff",
  "#d7a1e8",
  "#7fd0d0",
  FOREGROUND,
] as const;

/** Parts of a bar are drawn: fonts leave gaps between these characters. */
const BARS: Readonly<Record<string, number>> = { "█": 1, "░": 0.25 };

interface Style {
  readonly color: string;
  readonly bold: boolean;
  readonly dim: boolean;
}

interface Run extends Style {
  readonly text: string;
  readonly column: number;
  readonly row: number;
}

const PLAIN: Style = { color: FOREGROUND, bold: false, dim: false };

/** `screen` is what tmux captures with its escape sequences. */
export function terminalSvg(
  screen: string,
  { columns, rows, title }: {
    readonly columns: number;
    readonly rows: number;
    readonly title: string;
  },
): string {
  const width = columns * CELL.width + 2 * MARGIN;
  const height = rows * CELL.height + 2 * MARGIN;
  const size = `width="${width}" height="${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${width} ${height}" font-family="${FONT}" font-size="13">`,
    `<title>${escape(title)}</title>`,
    `<rect ${size} rx="8" fill="${BACKGROUND}"/>`,
    ...runsOf(screen).map(drawn),
    "</svg>\n",
  ].join("\n");
}

/** Pieces of one style each, without the spaces between them. */
function runsOf(screen: string): readonly Run[] {
  const runs: Run[] = [];
  let style = PLAIN;
  for (const [row, line] of screen.split("\n").entries()) {
    let column = 0;
    // deno-lint-ignore no-control-regex
    for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
      // deno-lint-ignore no-control-regex
      const [, codes] = /^\x1b\[([\d;]*)m$/.exec(part) ?? [];
      if (codes !== undefined) {
        style = codes.split(";").map(Number).reduce(styled, style);
        continue;
      }
      // Two spaces part columns; of bars, each kind is a piece.
      for (const [text] of part.matchAll(/ +|█+|░+|[^ █░]+(?: [^ █░]+)*/g)) {
        if (!text.startsWith(" ")) runs.push({ ...style, text, column, row });
        column += [...text].length;
      }
    }
  }
  return runs;
}

function styled(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 39) return { ...style, color: FOREGROUND };
  const color = COLORS[code < 90 ? code - 30 : code - 90];
  return color === undefined ? style : { ...style, color };
}

function drawn({ text, column, row, color, bold, dim }: Run): string {
  const x = MARGIN + column * CELL.width;
  const y = MARGIN + row * CELL.height;
  const width = [...text].length * CELL.width;
  const [first = ""] = text;
  const opacity = BARS[first];
  if (opacity !== undefined) {
    return `<rect x="${x}" y="${
      y + 4
    }" width="${width}" height="10" fill="${color}" opacity="${opacity}"/>`;
  }
  const look = (bold ? ' font-weight="bold"' : "") +
    (dim ? ' opacity="0.65"' : "");
  return `<text x="${x}" y="${
    y + 13
  }" textLength="${width}" lengthAdjust="spacingAndGlyphs" fill="${color}"${look}>${
    escape(text)
  }</text>`;
}
