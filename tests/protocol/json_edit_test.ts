import {
  editObject,
  memberOf,
  type ObjectScan,
  scanInTurns,
  scanObject,
  valueText,
} from "../../lib/protocol/json_edit.ts";
import { setImmediate } from "node:timers";
import { assert, assertEquals, assertGreater } from "@std/assert";
import {
  randomKey,
  randomObject,
  randomValue,
} from "../support/json_documents.ts";
import { type Random, seeded } from "../support/random.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function scanned(bytes: Uint8Array, from?: number): ObjectScan {
  const scan = scanObject(bytes, from);
  if (!scan.ok) throw new Error(scan.error.message);
  return scan.value;
}

function edited(text: string, edits: Record<string, string | undefined>) {
  const bytes = encoder.encode(text);
  const map = new Map(Object.entries(edits));
  return decoder.decode(editObject(bytes, scanned(bytes), map));
}

/** What `JSON.parse` makes of it, if that is an object. */
function parsed(bytes: Uint8Array): Map<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    if (typeof value !== "object" || value === null) return undefined;
    return Array.isArray(value) ? undefined : new Map(Object.entries(value));
  } catch {
    return undefined;
  }
}

const REFUSED: ReadonlyArray<[text: string, offset: number]> = [
  ["", 0],
  ["[]", 0],
  ["null", 0],
  ["{", 1],
  ["{]", 1],
  ["{,}", 1],
  ['{"a"}', 4],
  ['{"a":}', 5],
  ['{"a" 1}', 5],
  ['{"a":1,}', 7],
  ['{"a":1 "b":2}', 7],
  ['{"a":1]', 6],
  ['{"a":[1}', 7],
  ['{"a":[1,]}', 8],
  ['{"a":{"b":1]}', 11],
  ['{"a":{"b":1,}}', 12],
  ['{"a":01}', 6],
  ['{"a":-}', 6],
  ['{"a":+1}', 5],
  ['{"a":.5}', 5],
  ['{"a":1.}', 7],
  ['{"a":1e}', 7],
  ['{"a":1e+}', 8],
  ['{"a":truE}', 8],
  ['{"a":nul}', 8],
  ['{"a":NaN}', 5],
  ['{"a":"b}', 8],
  ['{"a":"b\\"}', 10],
  ['{"a":1}x', 7],
  ['{"a":1}{}', 7],
  ["{'a':1}", 1],
  ['{"\\x":1}', 1],
  ['{"a\n":1}', 1],
  ['{"a":1/**/}', 6],
  ["{\u00a0}", 1],
  ["\ufeff{}", 0],
];

for (const [text, offset] of REFUSED) {
  Deno.test(`scanObject refuses ${JSON.stringify(text)} at ${offset}`, () => {
    const bytes = encoder.encode(text);
    assertEquals(parsed(bytes), undefined);
    const scan = scanObject(bytes);
    assertEquals(scan.ok ? "accepted" : scan.error.offset, offset);
  });
}

Deno.test("scanInTurns finds what scanObject finds, and the same mistakes", async () => {
  const random = seeded(32);
  const texts = [
    ...REFUSED.map(([text]) => text),
    ...Array.from({ length: 200 }, () => randomObject(random, 4)),
  ];
  for (const text of texts) {
    const bytes = encoder.encode(text);
    for (const turnBytes of [1, 5, 256 * 1024]) {
      assertEquals(await scanInTurns(bytes, turnBytes), scanObject(bytes));
    }
  }
});

Deno.test("scanInTurns gives others a turn in a large object", async () => {
  let turns = 0;
  let ended = false;
  const count = () => {
    turns++;
    if (!ended) setImmediate(count);
  };
  setImmediate(count);
  const item = `${JSON.stringify({ text: 'say "hello" '.repeat(99) })},`;
  const bytes = encoder.encode(`{"a":1,"input":[${item.repeat(2000)}1]}`);
  assertEquals((await scanInTurns(bytes)).ok, true);
  ended = true;
  await new Promise((resolve) => setImmediate(resolve));
  assertGreater(turns, bytes.length / (2 * 1024 * 1024));
});

Deno.test("scanObject says what is wrong and where", () => {
  const messages = ['{"a":x}', "{"].map((text) => {
    const scan = scanObject(encoder.encode(text));
    return scan.ok ? "accepted" : scan.error.message;
  });
  assertEquals(messages, [
    "Unexpected byte 0x78 in JSON at offset 5",
    "Unexpected end of JSON at offset 1",
  ]);
});

Deno.test("scanObject gives offsets of keys and values without the space", () => {
  const scan = scanned(encoder.encode(' { "a" : [1] , "ä":"x" } '));
  assertEquals(scan, {
    start: 1,
    end: 25,
    members: [
      { key: "a", start: 3, valueStart: 9, valueEnd: 12 },
      { key: "ä", start: 15, valueStart: 20, valueEnd: 23 },
    ],
  });
});

Deno.test("memberOf knows a key by its meaning, and gives the last of it", () => {
  const bytes = encoder.encode('{"model":1,"m\\u006fdel":2}');
  const member = memberOf(scanned(bytes), "model");
  assert(member);
  assertEquals(valueText(bytes, member), "2");
  assertEquals(memberOf(scanned(bytes), "stream"), undefined);
});

Deno.test("memberOf tells keys of escapes apart", () => {
  const bytes = encoder.encode(
    '{"\\\\":1,"\\"":2,"\\\\\\"":3,"\\u005c\\u0022":4}',
  );
  const scan = scanned(bytes);
  assertEquals(scan.members.map((m) => m.key), ["\\", '"', '\\"', '\\"']);
});

const EDITS: ReadonlyArray<
  [text: string, edits: Record<string, string | undefined>, result: string]
> = [
  ["{}", {}, "{}"],
  ["{}", { a: "1" }, '{"a":1}'],
  ["{ }", { a: "1", b: "2" }, '{"a":1,"b":2 }'],
  ["{}", { a: undefined }, "{}"],
  ['{"a":1}', { a: "[2]" }, '{"a":[2]}'],
  ['{ "a" : 1 }', { a: undefined }, "{  }"],
  ['{ "a" : 1 }', { a: undefined, b: "2" }, '{ "b":2 }'],
  ['{"a":1,"b":2,"c":3}', { a: undefined }, '{"b":2,"c":3}'],
  ['{"a":1,"b":2,"c":3}', { b: undefined }, '{"a":1,"c":3}'],
  ['{"a":1,"b":2,"c":3}', { c: undefined }, '{"a":1,"b":2}'],
  ['{"a":1,"b":2,"c":3}', { a: undefined, b: undefined }, '{"c":3}'],
  ['{"a":1,"b":2,"c":3}', { b: undefined, c: undefined }, '{"a":1}'],
  ['{"a":1,"b":2,"c":3}', { a: undefined, c: undefined }, '{"b":2}'],
  ['{"a":1,"b":2}', { a: undefined, b: undefined, c: "3" }, '{"c":3}'],
  ['{"a":1,"b":2,"a":3}', { a: "4" }, '{"b":2,"a":4}'],
  ['{"a":1,"a":2,"b":3}', { a: "4" }, '{"a":4,"b":3}'],
  ['{"b":0,"a":1,"a":2}', { a: "4" }, '{"b":0,"a":4}'],
  ['{"a":1,"b":2,"\\u0061":3}', { a: undefined }, '{"b":2}'],
  ['{"a":1e400}\n', { "ä\n": '"€"' }, '{"a":1e400,"ä\\n":"€"}\n'],
  ["{\n  a, b\n}".replace("a", '"a": 1').replace("b", '\n  "b": 2'), {
    a: undefined,
    c: "3",
  }, '{\n  "b": 2,"c":3\n}'],
];

for (const [text, edits, result] of EDITS) {
  const what = [...Object.entries(edits)].map(([k, v]) => `${k}=${v}`);
  Deno.test(`editObject makes ${result} of ${text} with ${what}`, () => {
    assertEquals(edited(text, edits), result);
  });
}

Deno.test("editObject changes an object inside another by its own scan", () => {
  const text = '{"z":0,"client_metadata": {"a":"1","b":"2"} ,"x":[}{]}';
  const bytes = encoder.encode(text);
  const from = text.indexOf(" {");
  const inner = scanned(bytes, from);
  assertEquals(text.slice(inner.start, inner.end), '{"a":"1","b":"2"}');
  assertEquals(
    decoder.decode(editObject(bytes, inner, new Map([["a", undefined]]))),
    '{"z":0,"client_metadata": {"b":"2"} ,"x":[}{]}',
  );
});

function randomEdits(random: Random): Map<string, string | undefined> {
  const edits = new Map<string, string | undefined>();
  for (let n = random.int(4); n > 0; n--) {
    const remove = random.oneIn(2);
    edits.set(randomKey(random), remove ? undefined : randomValue(random, 2));
  }
  return edits;
}

/** The members as text, changed the way `editObject` is documented to. */
function expectedMembers(
  bytes: Uint8Array,
  scan: ObjectScan,
  edits: ReadonlyMap<string, string | undefined>,
): readonly string[] {
  const slice = (a: number, b: number) => decoder.decode(bytes.subarray(a, b));
  const texts: string[] = [];
  for (const member of scan.members) {
    if (!edits.has(member.key)) {
      texts.push(slice(member.start, member.valueEnd));
    } else if (memberOf(scan, member.key) === member) {
      const text = edits.get(member.key);
      const key = slice(member.start, member.valueStart);
      if (text !== undefined) texts.push(key + text);
    }
  }
  for (const [key, text] of edits) {
    const isNew = scan.members.every((member) => member.key !== key);
    if (isNew && text !== undefined) {
      texts.push(`${JSON.stringify(key)}:${text}`);
    }
  }
  return texts;
}

function comparable(values: ReadonlyMap<string, unknown> | undefined): string {
  // Not by text order: a duplicate is listed where its first one stood.
  const entries = [...values ?? []].sort(([a], [b]) => a < b ? -1 : 1);
  // JSON has no infinity, yet `1e400` reads as one.
  return JSON.stringify(entries, (_, v) => v === Infinity ? "Infinity" : v);
}

Deno.test("scanObject and editObject agree with JSON.parse on random documents", () => {
  const random = seeded(1);
  for (let round = 0; round < 4000; round++) {
    const text = ` ${randomObject(random, 4)}\n`;
    const bytes = encoder.encode(text);
    const values = parsed(bytes);
    assert(values, text);

    const scan = scanned(bytes);
    assertEquals(
      new Set(scan.members.map((m) => m.key)),
      new Set(values.keys()),
    );
    for (const [key, value] of values) {
      const member = memberOf(scan, key);
      assert(member, text);
      const read: unknown = JSON.parse(valueText(bytes, member));
      assertEquals(JSON.stringify(read), JSON.stringify(value), text);
    }

    const edits = randomEdits(random);
    const result = editObject(bytes, scan, edits);
    for (const [key, json] of edits) {
      if (json === undefined) values.delete(key);
      else values.set(key, JSON.parse(json));
    }
    assertEquals(comparable(parsed(result)), comparable(values), text);
    const members = expectedMembers(result, scanned(result), new Map());
    assertEquals(members, expectedMembers(bytes, scan, edits), text);
  }
});

Deno.test("scanObject reads each of many keys as itself, as often as it comes", () => {
  const random = seeded(5);
  const letters = ["a", "b", "Z", "_", "~", "\\n", "\\u0061", "\u00e9", '\\"'];
  for (let round = 0; round < 20_000; round++) {
    const length = random.oneIn(20) ? 35 + random.int(10) : random.int(6);
    const key = Array.from({ length }, () => random.pick(letters)).join("");
    const scan = scanObject(encoder.encode(`{"${key}":1}`));
    assert(scan.ok);
    const [expected] = Object.keys(JSON.parse(`{"${key}":1}`));
    assertEquals(scan.value.members[0]?.key, expected);
  }
});

Deno.test("scanObject refuses every truncation", () => {
  const random = seeded(2);
  for (let round = 0; round < 100; round++) {
    const text = randomObject(random, 3);
    const bytes = encoder.encode(text);
    for (let length = 0; length < bytes.length; length++) {
      const scan = scanObject(bytes.subarray(0, length));
      assert(!scan.ok, `accepted ${length} bytes of ${text}`);
    }
  }
});

/** Whether the byte at `at` is neither part of a string nor a quote of one. */
function isOutsideStrings(bytes: Uint8Array, at: number): boolean {
  const text = String.fromCharCode(...bytes);
  return text.matchAll(/"(?:[^"\\]|\\[^])*"/g)
    .every((m) => at < m.index || at >= m.index + m[0].length);
}

Deno.test("scanObject agrees with JSON.parse on documents with one byte changed", () => {
  const random = seeded(3);
  const structural = encoder.encode(
    '{}[],:"0123456789.eE+-tfn \n\t\r\\/\ufeff',
  );
  let agreed = 0;
  for (let round = 0; round < 6000; round++) {
    const bytes = encoder.encode(randomObject(random, 3));
    const at = random.int(bytes.length);
    const outside = isOutsideStrings(bytes, at);
    const byte = random.oneIn(3)
      ? random.int(256)
      : structural[random.int(structural.length)] ?? 0;
    bytes[at] = byte;

    const accepted = scanObject(bytes).ok;
    const text = decoder.decode(bytes);
    // What JSON.parse takes must be taken; only strings may be taken beyond.
    if (parsed(bytes) !== undefined) assert(accepted, text);
    if (!outside || byte === 0x22) continue;
    assertEquals(accepted, parsed(bytes) !== undefined, text);
    agreed++;
  }
  assert(agreed > 1000);
});

Deno.test("scanObject never throws on random bytes", () => {
  const random = seeded(4);
  const alphabet = encoder.encode('{{{}}[]:,,""\\1-.e tn\n\xff');
  for (let round = 0; round < 20_000; round++) {
    const bytes = new Uint8Array(1 + random.int(24));
    for (let i = 1; i < bytes.length; i++) {
      bytes[i] = alphabet[random.int(alphabet.length)] ?? 0;
    }
    bytes[0] = 0x7b;
    if (parsed(bytes) !== undefined) assert(scanObject(bytes).ok);
    else scanObject(bytes);
  }
});

function refusal(text: string): string {
  const scan = scanObject(encoder.encode(text));
  return scan.ok ? "accepted" : scan.error.message;
}

Deno.test("scanObject takes a thousand levels of nesting and no more", () => {
  const nested = (levels: number) =>
    `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  assertEquals(refusal(nested(1000)), "accepted");
  assertEquals(refusal(nested(1001)), "nested deeper than 1000");
  for (const open of ["[", '{"b":', "[1,", '{"b":[{},']) {
    const text = `{"a":${open.repeat(1_000_000)}`;
    assertEquals(refusal(text), "nested deeper than 1000");
  }
});

Deno.test("scanObject takes as many members as it must, and no more", () => {
  const members = (count: number) => `{${'"a":1,'.repeat(count - 1)}"a":2}`;
  assertEquals(refusal(members(262_144)), "accepted");
  assertEquals(refusal(members(262_145)), "more than 262144 members");
  assertEquals(refusal(members(1_000_000)), "more than 262144 members");
});

Deno.test("editObject takes values as bytes, and does not read them", () => {
  const value = new Uint8Array([0x22, 0xff, 0xfe, 0x22]);
  for (const [text, from] of [['{"a":1,"b":2}', 5], ['{"b":2}', 11]] as const) {
    const bytes = encoder.encode(text);
    const edits = new Map([["a", value]]);
    const result = editObject(bytes, scanned(bytes), edits);
    assertEquals(result.subarray(from, from + 4), value);
    assertEquals(result.length, '{"b":2,"a":1234}'.length);
  }
});

Deno.test("editObject keeps every byte of a 20 MB document but the edited ones", () => {
  const filler = `"say \\"${"x".repeat(1000)}\\" \\\\",`.repeat(20_000);
  const text = `{"model":"a","input":[${filler}null],"stream":true}`;
  const bytes = encoder.encode(text);
  const edits = new Map([["model", '"bb"'], ["stream", undefined]]);
  const result = editObject(bytes, scanned(bytes), edits);
  const expected = encoder.encode(
    text.replace('"a"', '"bb"').replace(',"stream":true', ""),
  );
  assertEquals(result.length, expected.length);
  assert(result.every((byte, i) => byte === expected[i]));
});
