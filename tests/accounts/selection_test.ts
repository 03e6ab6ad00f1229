import { assertEquals } from "@std/assert";
import {
  createPolicy,
  POLICY_NAMES,
  type PolicyName,
} from "../../lib/accounts/pool/selection.ts";

const BUSY_FIRST = [
  { id: "a", inFlight: 2, lastSelectedAt: undefined },
  { id: "b", inFlight: 0, lastSelectedAt: 5 },
  { id: "c", inFlight: 0, lastSelectedAt: 5 },
  { id: "d", inFlight: 1, lastSelectedAt: undefined },
];

const PICKS: ReadonlyArray<readonly [PolicyName, readonly string[]]> = [
  ["round_robin", ["a", "b", "c", "d", "a"]],
  ["least_in_flight", ["b", "b", "b"]],
  ["fill_first", ["a", "a", "a"]],
];

for (const [name, expected] of PICKS) {
  Deno.test(`createPolicy("${name}") picks ${expected.join(", ")}`, () => {
    const policy = createPolicy(name);
    assertEquals<unknown>(
      expected.map(() => policy(BUSY_FIRST)?.id),
      expected,
    );
  });
}

for (const name of POLICY_NAMES) {
  Deno.test(`createPolicy("${name}") picks none of no candidates`, () => {
    assertEquals(createPolicy(name)([]), undefined);
  });
}

Deno.test("least_in_flight picks the longest unselected of equals", () => {
  const policy = createPolicy("least_in_flight");
  const picked = (...times: readonly (number | undefined)[]) =>
    policy(times.map((lastSelectedAt, index) => ({
      id: String(index),
      inFlight: 0,
      lastSelectedAt,
    })))?.id;
  assertEquals(picked(9, 3, 5), "1");
  assertEquals(picked(9, 3, undefined), "2");
  assertEquals(picked(undefined, undefined), "0");
});

Deno.test("round_robin keeps its place when accounts come and go", () => {
  const policy = createPolicy("round_robin");
  const picked = (ids: string) =>
    policy([...ids].map((id) => ({
      id,
      inFlight: 0,
      lastSelectedAt: undefined,
    })))?.id;
  const rounds = ["abcd", "abcd", "cd", "abd", "", "abcd"];
  assertEquals(rounds.map(picked), ["a", "b", "c", "d", undefined, "a"]);
});
