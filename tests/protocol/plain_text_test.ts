import { assertEquals } from "@std/assert";
import { isText, plainText } from "../../lib/protocol/plain_text.ts";
import { seeded } from "../support/random.ts";

const encoder = new TextEncoder();

const TEXTS: ReadonlyArray<[text: string, plain: string | undefined]> = [
  ["", ""],
  ["model", "model"],
  ['"', '"'],
  ["a b~", "a b~"],
  ["x".repeat(64), "x".repeat(64)],
  ["x".repeat(65), undefined],
  ["a\\u0062", undefined],
  ["é", undefined],
  ["a\n", undefined],
  ["\x7f", undefined],
];

for (const [text, plain] of TEXTS) {
  Deno.test(`plainText of ${JSON.stringify(text)} is ${plain}`, () => {
    const bytes = encoder.encode(`[${text}]`);
    for (let again = 0; again < 2; again++) {
      assertEquals(plainText(bytes, 1, bytes.length - 1), plain);
    }
  });
}

Deno.test("plainText tells apart any texts, in any order", () => {
  const random = seeded(7);
  for (let round = 0; round < 50_000; round++) {
    const length = random.int(8);
    const text = Array.from(
      { length },
      () => String.fromCharCode(0x41 + random.int(8)),
    ).join("");
    const bytes = encoder.encode(text);
    assertEquals(plainText(bytes, 0, bytes.length), text);
  }
});

Deno.test("isText is true of the whole text only", () => {
  const bytes = encoder.encode("model");
  const is = (text: string, end = 5) => isText(bytes, { start: 0, end, text });
  assertEquals(
    [is("model"), is("mode"), is("model2"), is("modem"), is("mode", 4)],
    [true, false, false, false, true],
  );
});
