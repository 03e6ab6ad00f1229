import { concat } from "@std/bytes";
import {
  LimitedBytesTransformStream,
  toArrayBuffer,
  toBytes,
  toText,
} from "@std/streams";
import { assertEquals, assertRejects } from "@std/assert";
import type { IsAny } from "./is_any.ts";

const typed: IsAny<typeof toBytes | typeof concat> = false;
const limitTyped: IsAny<typeof LimitedBytesTransformStream> = false;

function chunks(...texts: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(texts).pipeThrough(new TextEncoderStream());
}

Deno.test("toBytes, toArrayBuffer and toText read a stream to its end", async () => {
  assertEquals(await toBytes(chunks("a", "b")), new Uint8Array([97, 98]));
  assertEquals((await toArrayBuffer(chunks("ab", "c"))).byteLength, 3);
  assertEquals(await toText(chunks("ä", "b")), "äb");
  assertEquals([typed, limitTyped], [false, false]);
});

Deno.test("LimitedBytesTransformStream passes up to its limit and errors past it", async () => {
  const limit = () => new LimitedBytesTransformStream(4, { error: true });
  assertEquals(await toText(chunks("ab", "cd").pipeThrough(limit())), "abcd");
  await assertRejects(
    () => toText(chunks("ab", "cde").pipeThrough(limit())),
    RangeError,
  );
});

Deno.test("concat joins arrays into a new one", () => {
  const joined = concat([new Uint8Array([1]), new Uint8Array([2, 3])]);
  assertEquals(joined, new Uint8Array([1, 2, 3]));
});
