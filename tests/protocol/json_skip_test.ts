import { assertEquals, assertGreater } from "@std/assert";
import {
  hasMoreValues,
  PAUSED,
  skipOn,
  skippingFrom,
  skipValue,
} from "../../lib/protocol/json_skip.ts";
import { randomValue } from "../support/json_documents.ts";
import { seeded } from "../support/random.ts";

/** JSON, and how many values are counted in it. */
const COUNTED: ReadonlyArray<[json: string, values: number]> = [
  ["[1,1,1,1,1]", 6],
  ['{"a":[{},{},{}],"b":2}', 9],
  ['[",[{\\",[{",1,1,1]', 5],
];

for (const [json, values] of COUNTED) {
  Deno.test(`${json} has at most ${values} values, and more than two`, () => {
    const bytes = new TextEncoder().encode(json);
    assertEquals(hasMoreValues(bytes, values), false);
    assertEquals(hasMoreValues(bytes, 2), true);
  });
}

Deno.test("text that is not JSON is counted to its end", () => {
  const bytes = new TextEncoder().encode('[[[[[["');
  assertEquals(hasMoreValues(bytes, 2), true);
  assertEquals(hasMoreValues(new TextEncoder().encode('"abcdefgh'), 2), false);
});

/** Skips with a pause wherever there can be one after `every` more bytes. */
function withPauses(bytes: Uint8Array, every: number): [number, number] {
  const skipping = skippingFrom(0);
  for (let pauses = 0;; pauses++) {
    const end = skipOn(bytes, skipping, (pauses + 1) * every);
    if (end !== PAUSED) return [end, pauses];
  }
}

Deno.test("skipOn comes to the same end however often it pauses", () => {
  const random = seeded(31);
  const long = `"${'a\\"\\\\'.repeat(200)}${"b".repeat(300)}"`;
  let pauses = 0;
  for (let round = 0; round < 400; round++) {
    const text = random.oneIn(3)
      ? `[${long},{"k":${randomValue(random, 3)}},${long}]`
      : randomValue(random, 5);
    const bytes = new TextEncoder().encode(text);
    if (random.oneIn(3)) bytes[random.int(bytes.length)] = random.int(256);
    const whole = skipValue(bytes, 0);
    for (const every of [1, 7, 1 + random.int(bytes.length)]) {
      const [end, paused] = withPauses(bytes, every);
      assertEquals(end, whole, text);
      pauses += paused;
    }
  }
  assertGreater(pauses, 10_000);
});

Deno.test("skipOn pauses inside a long string", () => {
  const bytes = new TextEncoder().encode(`"${'\\"'.repeat(2500)}"`);
  const [end, pauses] = withPauses(bytes, 1000);
  assertEquals(end, bytes.length);
  assertGreater(pauses, 3);
});
