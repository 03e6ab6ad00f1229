import { assertEquals } from "@std/assert";
import { withoutElements } from "../../lib/protocol/json_array.ts";
import { randomValue } from "../support/json_documents.ts";
import { seeded } from "../support/random.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What is left without the elements whose places are in `dropped`. */
function without(
  text: string,
  dropped: readonly number[],
): string | undefined {
  let place = 0;
  const left = withoutElements(
    encoder.encode(text),
    0,
    () => dropped.includes(place++),
  );
  return left && decoder.decode(left);
}

const ARRAYS: ReadonlyArray<
  [text: string, dropped: readonly number[], left: string | undefined]
> = [
  ["[]", [], undefined],
  ["[ ]", [0], undefined],
  ["[1]", [], undefined],
  ["[1]", [0], "[]"],
  ["[ 1 , 2 ]", [0, 1], "[]"],
  ['[1,"a,]b",{"c":[2,{}]},[],null]', [1, 3], '[1,{"c":[2,{}]},null]'],
  ["[1,2,3]", [0], "[2,3]"],
  ["[1,2,3]", [2], "[1,2]"],
  // What is kept keeps its bytes, the space between neighbours included.
  [
    '[ 1e400 , {"a": 12345678901234567890 } ,3]',
    [2],
    '[1e400 , {"a": 12345678901234567890 }]',
  ],
  ['["\\ud83d\\ude00", "é" ,1]', [2], '["\\ud83d\\ude00", "é"]'],
  // Behind the array is nothing of ours.
  ["[1,2]]x", [0], "[2]"],
];

for (const [text, dropped, left] of ARRAYS) {
  Deno.test(`${text} without ${JSON.stringify(dropped)} is ${left}`, () => {
    assertEquals(without(text, dropped), left);
  });
}

for (const text of ["", "1", "{}", "[", "[1", "[1,", "[1 2]", "[,1]", "[1,]"]) {
  Deno.test(`nothing is left out of ${JSON.stringify(text)}`, () => {
    assertEquals(without(text, [0, 1, 2]), undefined);
  });
}

Deno.test("nothing is left out of what is nested beyond all reason", () => {
  assertEquals(without(`[1,${"[".repeat(500_000)}`, [0]), undefined);
});

Deno.test("bytes that are no text stay what they are", () => {
  const bytes = new Uint8Array([0x5b, 0x31, 0x2c, 0x22, 0xff, 0x22, 0x5d]);
  let place = 0;
  assertEquals(
    withoutElements(bytes, 0, () => place++ === 0),
    new Uint8Array([0x5b, 0x22, 0xff, 0x22, 0x5d]),
  );
});

Deno.test("withoutElements leaves out what it is told to, of any array", () => {
  const random = seeded(21);
  const space = ["", "", " ", "\n\t"];
  for (let round = 0; round < 500; round++) {
    const items = Array.from(
      { length: random.int(8) },
      () => randomValue(random, 3),
    );
    const pad = () => random.pick(space);
    const text = `[${items.map((one) => pad() + one + pad()).join(",")}]`;
    const dropped = [...items.keys()].filter(() => random.oneIn(3));
    const kept = items.filter((_, place) => !dropped.includes(place));
    const left = without(text, dropped);
    assertEquals(
      left && JSON.parse(left),
      dropped.length === 0 ? undefined : JSON.parse(`[${kept.join(",")}]`),
      text,
    );
    for (const one of left ? kept : []) assertEquals(left?.includes(one), true);
  }
});

Deno.test("withoutElements never throws, whatever is cut off or changed", () => {
  const random = seeded(22);
  for (let round = 0; round < 3000; round++) {
    const bytes = encoder.encode(`[${randomValue(random, 3)},1,[{"a":2}]]`);
    bytes[random.int(bytes.length)] = random.int(256);
    const part = bytes.subarray(0, random.int(bytes.length + 1));
    withoutElements(part, 0, () => random.oneIn(2));
  }
});
