import { assertEquals } from "@std/assert";
import { NONE, type UsageRow } from "../../lib/usage/figures.ts";
import { linesOf, readLines } from "../../lib/usage/lines.ts";
import { wholeLines } from "../../lib/usage/usage_folder.ts";

const DAY = "2026-11-29";
const ROW: UsageRow = {
  ...NONE,
  day: DAY,
  owner: "0123456789abcdef".repeat(2),
  model: "gpt-6.2-sol",
  turns: 2,
  input: 900,
};
const LINE = linesOf([ROW]).join("");

Deno.test("readLines() reads what linesOf() writes", () => {
  const rows = [ROW, { ...ROW, model: 'ä"\n', moves: 1, cold_input: 7 }];
  assertEquals(readLines(linesOf(rows).join(""), DAY), {
    rows,
    foreign: 0,
    damaged: 0,
  });
});

const BROKEN: ReadonlyArray<[what: string, line: string]> = [
  ["that was cut", LINE.slice(0, 40)],
  ["of zeros, as a power cut leaves them", "\0".repeat(40)],
  ["of another kind", '{"refresh_token":"x"}'],
  ["that is a list", "[1]"],
  ["with an owner that is none", LINE.replace("0123", "a@b.")],
  ["without a model", LINE.replace("gpt-6.2-sol", "")],
  ["with a long model", LINE.replace("gpt", "x".repeat(64))],
  ["with a negative figure", LINE.replace("900", "-1")],
  ["with a figure as text", LINE.replace("900", '"900"')],
  ["with a figure too large", LINE.replace("900", "1e300")],
  ["without a figure", LINE.replace('"input":900,', "")],
];

for (const [what, line] of BROKEN) {
  Deno.test(`readLines() skips a line ${what}, and reads those around it`, () => {
    assertEquals(readLines(`${LINE}${line.trim()}\n\n${LINE}`, DAY), {
      rows: [ROW, ROW],
      foreign: 0,
      damaged: 1,
    });
  });
}

Deno.test("readLines() tells lines of another version apart", () => {
  const text = `{"v":2,"anything":"else"}\n${LINE}`;
  assertEquals(readLines(text, DAY), { rows: [ROW], foreign: 1, damaged: 0 });
});

const CUTS: ReadonlyArray<[size: number, whole: number]> = [
  [-1, 0],
  [0, 0],
  [3, 0],
  [4, 1],
  [8, 1],
  [9, 2],
  [100, 2],
];

for (const [size, whole] of CUTS) {
  Deno.test(`wholeLines() of the first ${size} bytes`, () => {
    assertEquals(wholeLines(["aä\n", "1234\n"], size), whole);
  });
}
