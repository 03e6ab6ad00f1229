import { concat } from "@std/bytes";
import { toBytes } from "@std/streams";
import { assertEquals } from "@std/assert";
import type { IsAny } from "./is_any.ts";

const typed: IsAny<typeof toBytes | typeof concat> = false;

function chunks(...texts: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(texts).pipeThrough(new TextEncoderStream());
}

Deno.test("toBytes reads a stream to its end", async () => {
  assertEquals(await toBytes(chunks("a", "b")), new Uint8Array([97, 98]));
  assertEquals(typed, false);
});

Deno.test("concat joins arrays into a new one", () => {
  const joined = concat([new Uint8Array([1]), new Uint8Array([2, 3])]);
  assertEquals(joined, new Uint8Array([1, 2, 3]));
});
