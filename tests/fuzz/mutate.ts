/** New inputs out of good ones: damaged, cut, spliced, made of known words. */
import { concat } from "@std/bytes";
import { type Random, randomBytes } from "../support/random.ts";
import { type Bytes, bytesOf, type Target } from "./target.ts";

/** Nothing of interest takes more, and time is short. */
const MAX_BYTES = 16_384;

type Change = (bytes: Bytes, random: Random, target: Target) => Bytes;

export function mutated(target: Target, random: Random): Bytes {
  let bytes = sample(target, random);
  // Some as they are: what is good must stay good.
  const changes = random.pick([0, 1, 1, 2, 3, 8]);
  for (let n = 0; n < changes; n++) {
    bytes = random.pick(CHANGES)(bytes, random, target);
  }
  return bytes.slice(0, MAX_BYTES);
}

function sample({ samples }: Target, random: Random): Bytes {
  return random.pick(samples).slice(0, MAX_BYTES);
}

function word({ words }: Target, random: Random): Bytes {
  const one = random.pick([...words, ...ANYWHERE]);
  return typeof one === "string" ? bytesOf(one) : one;
}

const ANYWHERE: readonly (string | Bytes)[] = [
  "\0",
  "\n",
  "\r\n",
  " ",
  "0",
  "-1",
  "1e309",
  "9007199254740993",
  "8640000000000001",
  "é",
  "😀",
  "\u2028",
  Uint8Array.of(0xff),
  Uint8Array.of(0xc3),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xef, 0xbb, 0xbf),
];

const CHANGES: readonly Change[] = [
  (bytes, random) => {
    const changed = bytes.slice();
    const at = random.int(bytes.length + 1);
    if (at < changed.length) {
      changed[at] = (changed[at] ?? 0) ^ 1 << random.int(8);
    }
    return changed;
  },
  (bytes, random) => {
    const changed = bytes.slice();
    const at = random.int(bytes.length + 1);
    if (at < changed.length) changed[at] = random.int(256);
    return changed;
  },
  (bytes, random) => bytes.slice(0, random.int(bytes.length + 1)),
  (bytes, random) => bytes.slice(random.int(bytes.length + 1)),
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    const times = random.pick([2, 2, 3, 50]);
    const part = bytes.subarray(from, Math.min(to, from + 400));
    const parts = Array.from({ length: times }, () => part);
    return concat([bytes.subarray(0, from), ...parts, bytes.subarray(to)]);
  },
  (bytes, random, target) => {
    const at = random.int(bytes.length + 1);
    const put = word(target, random);
    return concat([bytes.subarray(0, at), put, bytes.subarray(at)]);
  },
  (bytes, random, target) => {
    const [from, to] = range(bytes, random);
    const put = word(target, random);
    return concat([bytes.subarray(0, from), put, bytes.subarray(to)]);
  },
  (bytes, random, target) => {
    const other = sample(target, random);
    return concat([
      bytes.subarray(0, random.int(bytes.length + 1)),
      other.subarray(random.int(other.length + 1)),
    ]);
  },
  (bytes, random) => {
    const at = random.int(bytes.length + 1);
    const noise = randomBytes(random, random.int(12));
    return concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
  // A value of a JSON document becomes one of another type.
  (bytes, random) => {
    const text = new TextDecoder().decode(bytes);
    const start = text.indexOf("{");
    try {
      const document = JSON.parse(text.slice(start));
      retype(document, random);
      return bytesOf(text.slice(0, start) + JSON.stringify(document));
    } catch {
      return bytes;
    }
  },
  // A number becomes another one, as the limits of a parser are in numbers.
  (bytes, random) => {
    const text = new TextDecoder("latin1").decode(bytes);
    const numbers = [...text.matchAll(/\d+/g)];
    if (numbers.length === 0) return bytes;
    const { index, 0: digits } = random.pick(numbers);
    return concat([
      bytes.subarray(0, index),
      bytesOf(random.pick(NUMBERS)),
      bytes.subarray(index + digits.length),
    ]);
  },
];

const NUMBERS: readonly string[] = [
  "0",
  "1",
  "-1",
  "00",
  "0.5",
  "2147483648",
  "4294967296",
  "9007199254740993",
  "8640000000001",
  "99999999999999999999",
  "1e308",
  "1e309",
];

function range(bytes: Bytes, random: Random): readonly [number, number] {
  const from = random.int(bytes.length + 1);
  const length = random.int(random.pick([2, 8, 64, bytes.length + 1]));
  return [from, Math.min(bytes.length, from + length)];
}

/** The first breaks whoever turns it into text or a number. */
const RETYPED: readonly unknown[] = [
  { toString: 1, valueOf: 1 },
  {},
  [],
  [1],
  null,
  true,
  "",
  "1",
  -1,
  1.5,
  Number.MAX_VALUE,
];

function retype(value: unknown, random: Random): void {
  if (typeof value !== "object" || value === null) return;
  const keys = Object.keys(value);
  if (keys.length === 0) return;
  const key = random.pick(keys);
  const inner: unknown = Reflect.get(value, key);
  const isDeeper = typeof inner === "object" && inner !== null &&
    Object.keys(inner).length > 0 && !random.oneIn(3);
  if (isDeeper) retype(inner, random);
  else Reflect.set(value, key, random.pick(RETYPED));
}
