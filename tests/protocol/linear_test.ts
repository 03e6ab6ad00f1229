/**
 * Hostile input costs its length and no more: twice as much of it takes twice
 * as many reads. Counted, not timed.
 */
import { assert, assertEquals } from "@std/assert";
import { withoutElements } from "../../lib/protocol/json_array.ts";
import { parseObject } from "../../lib/protocol/json.ts";
import {
  editObject,
  memberOf,
  scanObject,
} from "../../lib/protocol/json_edit.ts";
import { skipValue } from "../../lib/protocol/json_skip.ts";
import { readZstdFrame } from "../../lib/protocol/zstd/frame.ts";

/** How many bytes `run` reads of `bytes`, searches by `indexOf` included. */
function reads(bytes: Uint8Array, run: (bytes: Uint8Array) => unknown): number {
  let count = 0;
  const counted = new Proxy(bytes, {
    get(target, name) {
      if (name === "indexOf") {
        return (byte: number, from = 0) => {
          const at = target.indexOf(byte, from);
          count += (at < 0 ? target.length : at) - from + 1;
          return at;
        };
      }
      const value = Reflect.get(target, name, target);
      if (typeof name === "string" && /^\d+$/.test(name)) count++;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  run(counted);
  return count;
}

/** Texts that grow with `n`, each made to look for a scanner's weak side. */
const HOSTILE: ReadonlyArray<[what: string, text: (n: number) => string]> = [
  ["nested arrays", (n) => `{"a":${"[".repeat(n)}${"]".repeat(n)}}`],
  ["arrays that never close", (n) => `{"a":${"[".repeat(n)}`],
  ["nested objects", (n) => '{"a":'.repeat(n)],
  ["members of one name", (n) => `{${'"_gateway":1,'.repeat(n)}"a":1}`],
  ["short elements", (n) => `[${"1,".repeat(n)}1]`],
  ["small objects", (n) => `[${'{"type":"reasoning"},1,'.repeat(n)}1]`],
  ["objects that never close", (n) => `[${'{"a":['.repeat(n)}`],
  ["backslashes", (n) => `["${"\\\\".repeat(n)}"]`],
  ["escaped quotes", (n) => `["${'\\"'.repeat(n)}"]`],
  ["far escaped quotes", (n) => `["${(" ".repeat(99) + '\\"').repeat(n)}"]`],
  ["backslashes and a quote", (n) => `["${" ".repeat(99)}${"\\".repeat(n)}"]`],
  ["a string without end", (n) => `{"a":"${"x".repeat(n)}`],
  ["keys of escapes", (n) => `{"${"\\u0061".repeat(n)}":1}`],
  ["one number", (n) => `[${"1".repeat(n)}]`],
  ["space", (n) => `[1${" ".repeat(n)}]`],
];

const SCANNERS: ReadonlyArray<[name: string, run: (b: Uint8Array) => unknown]> =
  [
    ["skipValue", (bytes) => skipValue(bytes, 0)],
    ["scanObject", (bytes) => scanObject(bytes)],
    ["withoutElements", (bytes) =>
      withoutElements(bytes, 0, (at) => {
        const scan = scanObject(bytes, at);
        return scan.ok && memberOf(scan.value, "type") !== undefined;
      })],
    ["editObject", (bytes) => {
      const scan = scanObject(bytes);
      const edits = new Map([["_gateway", undefined], ["a", "2"]]);
      return scan.ok ? editObject(bytes, scan.value, edits) : undefined;
    }],
    ["readZstdFrame", (bytes) => readZstdFrame(bytes)],
  ];

const encoder = new TextEncoder();

for (const [name, run] of SCANNERS) {
  for (const [what, text] of HOSTILE) {
    Deno.test(`${name} reads ${what} in proportion`, () => {
      const [once, twice] = [2500, 5000].map((n) =>
        reads(encoder.encode(text(n)), run)
      );
      assert(once !== undefined && twice !== undefined);
      assert(twice <= 2.1 * once + 2000, `${once} reads, then ${twice}`);
      assert(once <= 10 * text(2500).length + 2000, `${once} reads`);
    });
  }
}

Deno.test("readZstdFrame walks empty blocks in proportion", () => {
  const frame = (blocks: number) =>
    new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58].concat(
      new Array<number>(3 * blocks).fill(0),
      [1, 0, 0],
    ));
  assertEquals(readZstdFrame(frame(2)).ok, true);
  const once = reads(frame(1000), readZstdFrame);
  assert(reads(frame(2000), readZstdFrame) <= 2.1 * once);
});

Deno.test("parseObject gives up what is nested, before it parses it", () => {
  for (const levels of [1001, 40_000, 2_000_000]) {
    const text = `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    assertEquals(parseObject(text), undefined);
  }
  const nested = `{"a":${"[".repeat(999)}${"]".repeat(999)}}`;
  assertEquals(Array.isArray(parseObject(nested)?.["a"]), true);
  const long = `{"a":"${"[".repeat(200_000)}","b":[[[]]]}`;
  assertEquals(parseObject(long)?.["b"], [[[]]]);
});
