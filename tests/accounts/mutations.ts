/** Account files with damage of every kind, the same for the same seed. */

import { concat } from "@std/bytes";
import { type Random, randomBytes } from "../support/random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Stands in every token, often enough that each piece of one has it. */
export const CANARY = "c4n4ry";

/** A token that no other file has. */
export function canaryToken(kind: string, n: number): string {
  return `${kind}_${`${CANARY}${n.toString(36)}`.repeat(6)}`;
}

/** A good file: one of the layouts, in one of the spacings. */
export function goodFile(random: Random, n: number): string {
  const tokens = {
    refresh_token: canaryToken("rt", n),
    access_token: canaryToken("at", n),
    id_token: canaryToken("id", n),
  };
  const more = { n: [1, { x: "é😀\u2028" }], big: 1e21, label: "lab", z: null };
  const plain = { ...tokens, email: "e@example.com", ...more };
  const codex = { OPENAI_API_KEY: null, tokens, last_refresh: "x", ...more };
  const both = { tokens: { ...tokens, account_id: "a" }, ...plain };
  const value = random.pick([plain, plain, codex, codex, both]);
  return JSON.stringify(value, null, random.pick([0, 1, 2, "\t"]));
}

/** One to three kinds of damage, or now and then none. */
export function mutated(random: Random, n: number): Bytes {
  let bytes = new TextEncoder().encode(goodFile(random, n));
  for (let left = random.int(4); left > 0; left--) {
    bytes = random.pick(MUTATIONS)(random, bytes);
  }
  return bytes;
}

type Mutation = (random: Random, bytes: Bytes) => Bytes;

const KEYS = [
  "refresh_token",
  "access_token",
  "id_token",
  "tokens",
  "label",
  "email",
  "codaze_previous",
  "__proto__",
  "constructor",
  "toString",
  "last_refresh",
  "",
];
const VALUES = [
  "null",
  "true",
  "0",
  "-1e999",
  "123456789012345678901234567890",
  '""',
  '" \\t"',
  '"\\ud800"',
  '"\\u0000"',
  '"a\\nb"',
  '"日本"',
  "[]",
  '["x"]',
  "{}",
  '{"refresh_token":"nested"}',
  '{"__proto__":{"refresh_token":"p"}}',
];
const PIECES = [
  "",
  "\0",
  '"',
  "\\",
  "{",
  "}",
  "]",
  ",",
  ":",
  "\r\n",
  "// comment\n",
  "/* */",
  "\u{feff}",
  "'",
  "NaN",
];

const MUTATIONS: readonly Mutation[] = [
  function flip(random, bytes) {
    const copy = bytes.slice();
    for (let left = random.int(4) + 1; left > 0; left--) {
      const at = random.int(copy.length || 1);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.int(8));
    }
    return copy;
  },
  (random, bytes) => bytes.slice(0, random.int(bytes.length + 1)),
  (random, bytes) => bytes.slice(random.int(bytes.length + 1)),
  (random, bytes) => insert(random, bytes, random.pick(PIECES)),
  (random, bytes) => insert(random, bytes, randomBytes(random, random.int(6))),
  function cut(random, bytes) {
    const at = random.int(bytes.length + 1);
    return concat([bytes.slice(0, at), bytes.slice(at + random.int(30))]);
  },
  function twice(_random, bytes) {
    return concat([bytes, bytes]);
  },
  (random, bytes) => addMember(random, bytes, random.pick(VALUES)),
  (random, bytes) => addMember(random, bytes, random.pick(VALUES)),
  (random, bytes) => addMember(random, bytes, deep(random)),
  (random, bytes) =>
    random.oneIn(50)
      ? addMember(random, bytes, JSON.stringify("x".repeat(2 ** 20 - 9000)))
      : bytes,
  (_random, bytes) => concat([new Uint8Array([0xef, 0xbb, 0xbf]), bytes]),
  (_random, bytes) => encode(`[${decode(bytes)}]`),
  (_random, bytes) => encode(decode(bytes).replaceAll("\n", "\r\n")),
  function utf16(_random, bytes) {
    const text = "\ufeff" + decode(bytes);
    const units = Uint16Array.from(text, (unit) => unit.charCodeAt(0));
    return new Uint8Array(units.buffer);
  },
  (random, bytes) => {
    const key = random.pick(KEYS);
    return encode(decode(bytes).replace(`"${key}"`, `"${escaped(key)}"`));
  },
  (random, bytes) =>
    encode(
      decode(bytes).replace(/"[ri][td]_[^"]*"/, () => random.pick(VALUES)),
    ),
];

function insert(random: Random, bytes: Bytes, what: string | Bytes): Bytes {
  const at = random.int(bytes.length + 1);
  const piece = typeof what === "string" ? encode(what) : what;
  return concat([bytes.slice(0, at), piece, bytes.slice(at)]);
}

/** As the first or the last of all, so that it comes before or after. */
function addMember(random: Random, bytes: Bytes, value: string): Bytes {
  const member = `${JSON.stringify(random.pick(KEYS))}:${value}`;
  const text = decode(bytes);
  return encode(
    random.oneIn(2)
      ? text.replace("{", () => `{${member},`)
      : text.replace(/\}(?=[^}]*$)/, () => `,${member}}`),
  );
}

function deep(random: Random): string {
  const depth = random.pick([5, 500, 20_000]);
  return random.oneIn(2)
    ? "[".repeat(depth) + "]".repeat(depth)
    : '{"a":'.repeat(depth) + "1" + "}".repeat(depth);
}

/** The same key for a reader, other bytes for whoever looks for them. */
function escaped(key: string): string {
  const unit = key.charCodeAt(0) || 0;
  return `\\u${unit.toString(16).padStart(4, "0")}${key.slice(1)}`;
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}

function decode(bytes: Bytes): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
