import { assertEquals } from "@std/assert";
import { nearest } from "../../lib/config/nearest.ts";

const KNOWN = ["serve", "doctor", "accounts", "accounts pause", "usage"];

const CASES: ReadonlyArray<
  readonly [word: string, meant: string | undefined]
> = [
  ["docter", "doctor"],
  ["doctro", "doctor"],
  ["DOCTOR", "doctor"],
  ["account", "accounts"],
  ["acc", "accounts"],
  ["u", undefined],
  ["us", "usage"],
  ["sevre", "serve"],
  ["xyzzy", undefined],
  ["", undefined],
  ["x".repeat(1_000_000), undefined],
];

for (const [word, meant] of CASES) {
  Deno.test(`nearest() takes "${word.slice(0, 20)}" for ${meant}`, () => {
    assertEquals(nearest(word, KNOWN), meant);
  });
}
