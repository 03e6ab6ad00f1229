import {
  assert,
  assertEquals,
  assertExists,
  assertGreater,
  assertInstanceOf,
  assertLess,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";
import type { IsAny } from "./is_any.ts";

const typed: IsAny<typeof assertEquals> = false;

const HOLDS: ReadonlyArray<[string, () => void]> = [
  ["assert", () => assert(1)],
  ["assertEquals", () => assertEquals({ a: [1] }, { a: [1] })],
  ["assertExists", () => assertExists("")],
  ["assertGreater", () => assertGreater(2, 1)],
  ["assertInstanceOf", () => assertInstanceOf([], Array)],
  ["assertLess", () => assertLess(1, 2)],
  ["assertMatch", () => assertMatch("abc", /b/)],
  ["assertNotEquals", () => assertNotEquals([1], [2])],
  ["assertStrictEquals", () => assertStrictEquals(NaN, NaN)],
  ["assertStringIncludes", () => assertStringIncludes("abc", "bc")],
  ["assertThrows", () => assertThrows(() => JSON.parse("{"), SyntaxError)],
];

const BREAKS: ReadonlyArray<[string, () => void]> = [
  ["assert", () => assert(0)],
  ["assertEquals", () => assertEquals({ a: [1] }, { a: [2] })],
  ["assertExists", () => assertExists(null)],
  ["assertGreater", () => assertGreater(1, 1)],
  ["assertInstanceOf", () => assertInstanceOf({}, Array)],
  ["assertLess", () => assertLess(1, 1)],
  ["assertMatch", () => assertMatch("abc", /d/)],
  ["assertNotEquals", () => assertNotEquals([1], [1])],
  ["assertStrictEquals", () => assertStrictEquals([], [])],
  ["assertStringIncludes", () => assertStringIncludes("abc", "d")],
  ["assertThrows", () => assertThrows(() => 1)],
  ["fail", () => fail("on purpose")],
];

function caught(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.name : "not an error";
  }
}

for (const [name, run] of HOLDS) {
  Deno.test(`${name} passes what holds`, () => {
    if (caught(run) !== undefined) throw new Error(`${name} threw`);
  });
}

for (const [name, run] of BREAKS) {
  Deno.test(`${name} refuses what does not hold`, () => {
    if (caught(run) !== "AssertionError") throw new Error(`${name} passed`);
  });
}

Deno.test("assertRejects returns the error, and refuses a promise that resolves", async () => {
  const error = await assertRejects(
    () => Promise.reject(new RangeError("too far")),
    RangeError,
    "far",
  );
  assertEquals(error.message, "too far");
  await assertRejects(() => assertRejects(() => Promise.resolve(1)));
  assertEquals(typed, false);
});
