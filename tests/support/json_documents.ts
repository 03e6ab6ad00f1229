/** Random JSON objects as text: odd space, odd keys, duplicates, big numbers. */

import type { Random } from "./random.ts";

const SPACE = ["", "", "", " ", "\n", "\r\n\t", "  \t "];
const SCALARS = [
  "true",
  "false",
  "null",
  "0",
  "-0",
  "-1.5e+10",
  "1E-3",
  "1e400",
  "123456789012345678901234567890",
];
const STRINGS = [
  `""`,
  `"x"`,
  `"\\""`,
  `"\\\\"`,
  `"\\\\\\""`,
  `"{\\"a\\":[1,}"`,
  `"ä€😀"`,
  `"\\ud83d\\ude00 \\ud800"`,
  `"\u2028\\n\\/\\u0000\ufeff"`,
  `"${"long, with , and : and } inside; ".repeat(8)}"`,
  `"${`say \\"yes\\" or C:\\\\`.repeat(12)}"`,
];
const KEYS = [
  // No key with a backslash in it: V8 15.0 confuses them. Once JSON.parse has
  // read {"a":1,"\\":1}, it gives {"a":1,"\n":1} the key of that document.
  ...STRINGS.filter((text) => !JSON.parse(text).includes("\\")),
  `"model"`,
  `"m\\u006fdel"`,
  `"stream"`,
  `"input"`,
  `"__proto__"`,
  `"constructor"`,
  `"0"`,
];

/** One object with up to six members, nested `depth` levels at most. */
export function randomObject(random: Random, depth: number): string {
  const member = () => {
    const key = pad(random, random.pick(KEYS));
    return `${key}:${pad(random, randomValue(random, depth - 1))}`;
  };
  return `{${list(random, member)}}`;
}

export function randomKey(random: Random): string {
  return JSON.parse(random.pick(KEYS));
}

export function randomValue(random: Random, depth: number): string {
  if (depth > 0 && random.oneIn(3)) return randomObject(random, depth);
  if (depth > 0 && random.oneIn(3)) {
    const item = () => pad(random, randomValue(random, depth - 1));
    return `[${list(random, item)}]`;
  }
  return random.pick(random.oneIn(2) ? SCALARS : STRINGS);
}

function list(random: Random, item: () => string): string {
  const items = Array.from({ length: random.int(7) }, item);
  return items.length === 0 ? random.pick(SPACE) : items.join(",");
}

function pad(random: Random, text: string): string {
  return random.pick(SPACE) + text + random.pick(SPACE);
}
