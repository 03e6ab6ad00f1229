import { assert, assertEquals } from "@std/assert";
import { cut, cutBytes } from "../../lib/protocol/quote.ts";
import { seeded } from "../support/random.ts";

Deno.test("what is short is quoted as it is", () => {
  assertEquals(cut(""), "");
  assertEquals(cut("x".repeat(200)), "x".repeat(200));
  assertEquals(cutBytes(new TextEncoder().encode("häß😀")), "häß😀");
});

Deno.test("what is long is cut, and its last character is whole", () => {
  assertEquals(cut("x".repeat(201)), `${"x".repeat(200)}…`);
  const faces = cut("x" + "😀".repeat(300));
  assert(faces.isWellFormed());
  assertEquals(faces.length, 201);
});

Deno.test("the quotes of a text and of its bytes are the same", () => {
  const random = seeded(23);
  const characters = ["a", "é", "€", "😀", '"', "\\", "\n"];
  for (let round = 0; round < 500; round++) {
    const text = Array.from(
      { length: random.int(500) },
      () => random.pick(characters),
    ).join("");
    assertEquals(cutBytes(new TextEncoder().encode(text)), cut(text));
  }
});
