/** Buffers that are used again. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { CHUNK_BYTES, MAX_SPARE_BUFFERS } from "../../lib/limits.ts";
import { giveBack, takeBuffer } from "../../lib/protocol/spare_buffers.ts";

Deno.test("a buffer that is given back is the next one taken, once", () => {
  const buffer = takeBuffer();
  assertEquals(buffer.length, CHUNK_BYTES);
  giveBack(buffer);
  assertStrictEquals(takeBuffer(), buffer);
  assert(takeBuffer() !== buffer);
});

Deno.test("one of another size is not kept", () => {
  const other = new Uint8Array(CHUNK_BYTES + 1);
  giveBack(other);
  assert(takeBuffer() !== other);
});

Deno.test("only so many are kept", () => {
  const many = Array.from(
    { length: 2 * MAX_SPARE_BUFFERS },
    () => new Uint8Array(CHUNK_BYTES),
  );
  for (const buffer of many) giveBack(buffer);
  const kept = new Set(many);
  const taken = many.map(takeBuffer).filter((buffer) => kept.has(buffer));
  assert(taken.length <= MAX_SPARE_BUFFERS);
});
