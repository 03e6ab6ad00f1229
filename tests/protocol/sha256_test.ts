import { assertEquals } from "@std/assert";
import { createHash, createHmac } from "node:crypto";
import { hmacSha256, sha256 } from "../../lib/protocol/sha256.ts";
import { randomBytes, seeded } from "../support/random.ts";

/** Around the lengths at which one block more is needed. */
const LENGTHS = [0, 1, 3, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 127, 128];

Deno.test("sha256() is the digest of node:crypto", () => {
  const random = seeded(1);
  const others = Array.from({ length: 200 }, () => random.int(5000));
  for (const length of [...LENGTHS, ...others]) {
    const bytes = randomBytes(random, length);
    const expected = createHash("sha256").update(bytes).digest("hex");
    assertEquals(sha256(bytes).toHex(), expected, `${length} bytes`);
  }
});

Deno.test("sha256() of a text is that of its UTF-8", () => {
  for (const text of ["", "abc", "Grüße, 世界 🌍"]) {
    const expected = createHash("sha256").update(text).digest("hex");
    assertEquals(sha256(text).toHex(), expected, text);
  }
});

Deno.test("hmacSha256() is the one of node:crypto, with keys of any length", () => {
  const random = seeded(2);
  for (const length of [0, 1, 32, 63, 64, 65, 200]) {
    const key = randomBytes(random, length);
    const text = "é".repeat(random.int(300));
    const expected = createHmac("sha256", key).update(text).digest("hex");
    assertEquals(hmacSha256(key, text).toHex(), expected, `${length} bytes`);
  }
});
