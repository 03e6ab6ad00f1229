import { assertEquals } from "@std/assert";
import { codingOf, undoable } from "../../lib/protocol/content_coding.ts";
import { err, ok } from "../../lib/result.ts";

const NAMED = [
  [null, ok(undefined)],
  ["", ok(undefined)],
  ["identity", ok(undefined)],
  ["gzip", ok("gzip")],
  [" GZip ", ok("gzip")],
  ["x-gzip", ok("gzip")],
  ["zstd", ok("zstd")],
  ["br", ok("br")],
  ["deflate", ok("deflate")],
  ["compress", err("compress")],
  ["gzip, zstd", err("gzip, zstd")],
] as const;

for (const [value, expected] of NAMED) {
  Deno.test(`codingOf(${JSON.stringify(value)})`, () => {
    assertEquals(codingOf(value), expected);
  });
}

const ASKED = [
  ["zstd,gzip", "zstd,gzip"],
  ["gzip, deflate, br, zstd", "gzip, deflate, br, zstd"],
  ["br;q=1.0, gzip;q=0.5", "br;q=1.0, gzip;q=0.5"],
  ["identity", "identity"],
  ["gzip, dcb, zstd", "gzip, zstd"],
  ["*", "identity"],
  ["gzip, *;q=0", "gzip"],
  ["", "identity"],
] as const;

for (const [value, expected] of ASKED) {
  Deno.test(`undoable(${JSON.stringify(value)}) asks for ${expected}`, () => {
    assertEquals(undoable(value), expected);
  });
}
