import { assertEquals } from "@std/assert";
import { stripAnsiCode } from "@std/fmt";
import { counted } from "../../lib/cli/terminal/words.ts";
import {
  fitted,
  type GivesWay,
  layOut,
} from "../../lib/cli/terminal/table_layout.ts";
import { widthOf } from "../../lib/cli/terminal/text_width.ts";

const TABLES: ReadonlyArray<
  [
    what: string,
    head: readonly string[],
    rows: readonly (readonly string[])[],
    lines: readonly string[],
  ]
> = [
  ["columns as wide as their contents", ["ID", "STATE"], [
    ["longer", "up"],
    ["a", "cooling"],
  ], ["ID      STATE  ", "longer  up     ", "a       cooling"]],
  ["no column that is empty in every row", ["ID", "NOTE", "X"], [
    ["a", "", "1"],
    ["b", "", "2"],
  ], ["ID  X", "a   1", "b   2"]],
  ["a column that is empty in some rows", ["ID", "NOTE"], [
    ["a", ""],
    ["b", "n"],
  ], ["ID  NOTE", "a       ", "b   n   "]],
  ["characters of two columns", ["ID", "X"], [
    ["日本", "1"],
    ["é😀", "2"],
  ], ["ID    X", "日本  1", "é😀   2"]],
];

for (const [what, head, rows, lines] of TABLES) {
  Deno.test(`layOut() has ${what}`, () => {
    const paint = (text: string) => `\x1b[31m${text}\x1b[39m`;
    const cells = rows.map((row) => row.map((text) => ({ text, paint })));
    const table = layOut(head, cells);
    assertEquals(table.lines.map(stripAnsiCode), [...lines]);
    for (const line of lines) assertEquals(widthOf(line), table.width);
  });
}

Deno.test("layOut() paints the text and not the blanks behind it", () => {
  const paint = (text: string) => `<${text}>`;
  const { lines } = layOut(["ID", "X"], [[
    { text: "a", paint },
    { text: "1", paint },
  ]]);
  assertEquals(lines.at(-1), "<a>   <1>");
});

const GIVES_WAY: readonly GivesWay[] = [
  { drop: "ID" },
  { cut: "NAME", to: 5 },
  { cut: "STATE", to: 3, by: (text, width) => text.slice(-width) },
];

const FITS: ReadonlyArray<[columns: number, lines: readonly string[]]> = [
  [99, ["NAME        STATE    ID", "Ada, Grace  cooling  1"]],
  [23, ["NAME        STATE    ID", "Ada, Grace  cooling  1"]],
  [22, ["NAME        STATE", "Ada, Grace  cooling"]],
  [18, ["NAME   STATE", "Ada,…  cooling"]],
  [13, ["NAME   ST…", "Ada,…  ing"]],
  // No step is left: from the right, then the first column itself.
  [9, ["NAME", "Ada,…"]],
  [3, ["NA…", "Ad…"]],
  [1, ["…", "…"]],
];

for (const [columns, lines] of FITS) {
  Deno.test(`fitted() gives way as far as ${columns} columns need`, () => {
    const paint = (text: string) => text;
    const row = ["Ada, Grace", "cooling", "1"].map((text) => ({ text, paint }));
    const table = { head: ["NAME", "STATE", "ID"], rows: [row] };
    const fit = fitted(table, { columns, givesWay: GIVES_WAY });
    const { lines: shown } = layOut(fit.head, fit.rows);
    assertEquals(
      shown.map((line) => stripAnsiCode(line).trimEnd()),
      lines,
    );
  });
}

Deno.test("counted() knows one from many", () => {
  assertEquals([0, 1, 2].map((count) => counted(count, "file")), [
    "0 files",
    "1 file",
    "2 files",
  ]);
});
