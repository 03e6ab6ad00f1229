/** JSON on its bytes: what is found, and that an edit changes nothing else. */
import { withoutElements } from "../../../lib/protocol/json_array.ts";
import {
  editObject,
  memberOf,
  scanObject,
  valueText,
} from "../../../lib/protocol/json_edit.ts";
import {
  PAUSED,
  skipOn,
  skippingFrom,
  skipValue,
  TOO_DEEP,
} from "../../../lib/protocol/json_skip.ts";
import {
  randomKey,
  randomObject,
  randomValue,
} from "../../support/json_documents.ts";
import { type Random, seeded } from "../../support/random.ts";
import {
  type Bytes,
  bytesOf,
  captured,
  holds,
  same,
  type Target,
  textOf,
} from "../target.ts";

const WORDS = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  '\\"',
  "\\u0000",
  "\\ud800",
  "true",
  "nul",
  '"model":',
  '"m\\u006fdel":"x",',
  '"__proto__":{}',
  "[[[[[[[[",
  '{"a":',
  "1.5e+10",
  "-",
];

function documents(make: (random: Random) => string): readonly Bytes[] {
  const random = seeded(11);
  return Array.from({ length: 60 }, () => bytesOf(make(random)));
}

/** Undefined for what is no JSON, or no UTF-8. */
function parsed(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Where there is a backslash in a key V8 itself is not to be trusted. */
function hasOddKey(bytes: Uint8Array): boolean {
  return /\\\\|\\u005c/i.test(textOf(bytes));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const JSON_EDIT: Target = {
  name: "json edit",
  samples: [
    ...documents((random) => randomObject(random, 3)),
    ...captured("B2-realhosts-sse-h2.json", ["body", "body_json"]),
  ],
  words: WORDS,
  check: (input, random) => {
    const scan = scanObject(input);
    const reference = parsed(input);
    if (!scan.ok) {
      const { offset } = scan.error;
      holds(offset >= 0 && offset <= input.length, `an error at ${offset}`);
      const isGood = isObject(reference?.value) && !isDeep(input);
      holds(!isGood, "refuses an object");
      return;
    }
    if (reference && !hasOddKey(input)) {
      const value = reference.value;
      holds(isObject(value), "takes what is no object");
      if (isObject(value)) {
        const keys = new Set(scan.value.members.map(({ key }) => key));
        same([...keys].sort(), ownKeys(input, value).sort(), "keys");
        for (const key of keys) {
          const member = memberOf(scan.value, key);
          const text = member && valueText(input, member);
          same(JSON.parse(text ?? ""), value[key], `value of ${key}`);
        }
      }
    }
    checkEdit(input, random);
  },
};

/** `__proto__` is a key like any other only to `JSON.parse`. */
function ownKeys(_: Bytes, value: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(value);
}

function checkEdit(input: Bytes, random: Random): void {
  const scan = scanObject(input);
  if (!scan.ok) return;
  const keys = scan.value.members.map(({ key }) => key);
  const edits = new Map<string, string | undefined>();
  for (let n = 1 + random.int(3); n > 0; n--) {
    const key = keys.length > 0 && random.oneIn(2)
      ? random.pick(keys)
      : randomKey(random);
    edits.set(key, random.oneIn(3) ? undefined : randomValue(random, 2));
  }
  const edited = editObject(input, scan.value, edits);
  const again = scanObject(edited);
  holds(again.ok, "an edit that cannot be read");
  if (!again.ok) return;
  const others = (bytes: Bytes, { members }: typeof again.value) =>
    members.filter(({ key }) => !edits.has(key))
      .map(({ start, valueEnd }) => textOf(bytes.subarray(start, valueEnd)));
  same(others(edited, again.value), others(input, scan.value), "other members");
  for (const [key, text] of edits) {
    const found = again.value.members.filter((member) => member.key === key);
    same(found.length, text === undefined ? 0 : 1, `members named ${key}`);
    const [member] = found;
    if (member) same(valueText(edited, member), text, `value of ${key}`);
  }
  const back = editObject(edited, again.value, new Map());
  same(textOf(back), textOf(edited), "an edit of nothing");
}

const OPEN = 0x5b;

export const JSON_ARRAY: Target = {
  name: "json array",
  samples: documents((random) =>
    `[${Array.from({ length: random.int(6) }, () => randomValue(random, 3))}]`
  ),
  words: WORDS,
  check: (input, random) => {
    const reference = parsed(input)?.value;
    const dropped = random.int(8);
    let asked = 0;
    const kept = withoutElements(input, 0, () => asked++ === dropped);
    const isArray = Array.isArray(reference) && input[0] === OPEN;
    if (kept === undefined) {
      const couldDrop = isArray && reference.length > dropped;
      return holds(!couldDrop || isDeep(input), "drops nothing");
    }
    holds(kept.length < input.length + 2, "became longer");
    if (!isArray || hasOddKey(input)) return;
    same(asked, reference.length, "how many elements");
    const expected = reference.toSpliced(dropped, 1);
    same(JSON.parse(textOf(kept)), expected, "the others");
    // Their bytes are those they had.
    const inside = textOf(kept).slice(1, -1).trim();
    const isPart = expected.length !== reference.length - 1 ||
      dropped > 0 || textOf(input).includes(inside);
    holds(isPart, "other bytes");
  },
};

/** Nesting that is refused whatever is in it. */
function isDeep(input: Bytes): boolean {
  return textOf(input).split(/[[{]/).length > 500;
}

function pausing(bytes: Bytes, every: number): number {
  const skipping = skippingFrom(0);
  let pause = every;
  let end = skipOn(bytes, skipping, pause);
  while (end === PAUSED) {
    pause += every;
    end = skipOn(bytes, skipping, pause);
  }
  return end;
}

export const JSON_SKIP: Target = {
  name: "json skip",
  samples: documents((random) => randomValue(random, 4)),
  words: WORDS,
  check: (input, random) => {
    const end = skipValue(input, 0);
    const every = 1 + random.int(40);
    same(pausing(input, every), end, `with pauses after ${every} bytes`);
    if (end === TOO_DEEP) return holds(isDeep(input), "is not deep");
    const offset = end < 0 ? ~end : end;
    holds(offset >= 0 && offset <= input.length, `an offset of ${offset}`);
    const reference = parsed(input);
    const text = textOf(input);
    if (reference && !/^[\s]/.test(text) && !isDeep(input)) {
      same(end, bytesOf(text.trimEnd()).length, "the end of a value");
    }
    if (end < 0) return;
    // What is behind it does not matter, and what is missing does.
    const value = input.subarray(0, end);
    holds(skipValue(value, 0) === end, "a value alone");
    if (!/^[-\d]/.test(text)) {
      const less = skipValue(value.subarray(0, random.int(end)), 0);
      holds(less < 0, "a value cut short");
    }
  },
};
