/** Short byte arrays in shared buffers: none ever sees another's bytes. */
import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { SLAB_BYTES, SLAB_PART_BYTES } from "../../lib/limits.ts";
import { copyOf, joined, utf8 } from "../../lib/protocol/slab.ts";
import { randomBytes, seeded } from "../support/random.ts";

Deno.test("what was made stays as it was, whatever is made after it", () => {
  const random = seeded(41);
  const made: { bytes: Uint8Array; expected: Uint8Array }[] = [];
  for (let round = 0; round < 2000; round++) {
    const source = randomBytes(random, random.int(3000));
    const other = randomBytes(random, random.int(300));
    const text = "é".repeat(random.int(400)) + "a".repeat(random.int(400));
    made.push(
      { bytes: copyOf(source), expected: source.slice() },
      { bytes: utf8(text), expected: new TextEncoder().encode(text) },
      {
        bytes: joined([source, other, source]),
        expected: concat([source, other, source]),
      },
    );
    source.fill(0);
  }
  for (const { bytes, expected } of made) assertEquals(bytes, expected);
});

Deno.test("short ones share a buffer, long ones have their own", () => {
  const short = copyOf(new Uint8Array(SLAB_PART_BYTES));
  const long = copyOf(new Uint8Array(SLAB_PART_BYTES + 1));
  assertEquals(short.buffer.byteLength, SLAB_BYTES);
  assertEquals(long.buffer.byteLength, long.length);
  assertEquals(joined([short, long]).buffer.byteLength, 2 * short.length + 1);
});

Deno.test("nothing keeps no buffer", () => {
  for (const empty of [copyOf(new Uint8Array()), utf8(""), joined([])]) {
    assertEquals(empty.length, 0);
    assertEquals(empty.buffer.byteLength, 0);
  }
});

Deno.test("a text of lone surrogates is what the encoder makes of it", () => {
  const text = "a\ud800b\udc00";
  assertEquals(utf8(text), new TextEncoder().encode(text));
  assert(utf8(text).length === 8);
});
