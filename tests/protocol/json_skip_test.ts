import { assertEquals } from "@std/assert";
import { hasMoreValues } from "../../lib/protocol/json_skip.ts";

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
