import { assertEquals } from "@std/assert";
import {
  cutReason,
  isSendable,
  passedOnClose,
} from "../../lib/protocol/close_codes.ts";

const CODES: readonly (readonly [received: number, sent: number])[] = [
  [0, 1011],
  [999, 1002],
  [1000, 1000],
  [1001, 1001],
  [1003, 1003],
  [1004, 1002],
  [1005, 1000],
  [1006, 1011],
  [1007, 1007],
  [1008, 1008],
  [1009, 1009],
  [1011, 1011],
  [1012, 1012],
  [1013, 1013],
  [1014, 1014],
  [1015, 1011],
  [1016, 1002],
  [2999, 1002],
  [3000, 3000],
  [4999, 4999],
  [5000, 1002],
  [65_535, 1002],
  [-1, 1002],
  [Number.NaN, 1002],
];

for (const [received, sent] of CODES) {
  Deno.test(`passedOnClose makes ${sent} of ${received}`, () => {
    assertEquals(passedOnClose(received, "why"), { code: sent, reason: "why" });
  });
}

Deno.test("passedOnClose sends no code that may not be sent", () => {
  for (let code = -10; code < 70_000; code++) {
    const sent = passedOnClose(code, "").code;
    if (!isSendable(sent)) throw new Error(`${code} became ${sent}`);
  }
});

const REASONS: readonly (readonly [string, string, string])[] = [
  ["nothing", "", ""],
  ["123 bytes", "a".repeat(123), "a".repeat(123)],
  ["124 bytes", "a".repeat(124), "a".repeat(123)],
  ["two-byte characters", "é".repeat(100), "é".repeat(61)],
  ["a character over the edge", `${"a".repeat(121)}€`, "a".repeat(121)],
  ["a pair over the edge", `${"a".repeat(120)}😀`, "a".repeat(120)],
  ["a pair that just fits", `${"a".repeat(119)}😀b`, `${"a".repeat(119)}😀`],
];

for (const [name, reason, expected] of REASONS) {
  Deno.test(`cutReason keeps what fits of ${name}`, () => {
    assertEquals(cutReason(reason), expected);
    const { length } = new TextEncoder().encode(cutReason(reason));
    assertEquals(length <= 123, true);
  });
}
