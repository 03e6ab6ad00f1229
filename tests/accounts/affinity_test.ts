import { assertEquals } from "@std/assert";
import { Affinity } from "../../lib/accounts/pool/affinity.ts";

const DAY = 24 * 60 * 60 * 1000;

Deno.test("Affinity remembers who answered a session last", () => {
  const affinity = new Affinity();
  assertEquals(affinity.answered("s", "a", 0), undefined);
  assertEquals(affinity.answered("s", "a", 0), undefined);
  assertEquals(affinity.answered("s", "b", 1), "a");
  assertEquals(affinity.of("s", 2)?.home, "b");
  assertEquals(affinity.of("other", 2)?.home, undefined);
});

Deno.test("Affinity keeps the home until another account has answered", () => {
  const affinity = new Affinity();
  const both = () => [affinity.of("s", 0)?.home, affinity.of("s", 0)?.next];
  affinity.choose("s", "a", 0);
  assertEquals(both(), [undefined, "a"]);
  affinity.answered("s", "a", 0);
  affinity.choose("s", "b", 0);
  assertEquals(both(), ["a", "b"]);
  affinity.failed("s", "c", 0);
  assertEquals(both(), ["a", "b"]);
  affinity.failed("s", "b", 0);
  assertEquals(both(), ["a", undefined]);
  affinity.failed("s", "a", 0);
  assertEquals(both(), ["a", undefined]);
});

Deno.test("Affinity forgets a session that nobody has answered", () => {
  const affinity = new Affinity();
  affinity.choose("s", "a", 0);
  affinity.failed("s", "a", 0);
  assertEquals(affinity.size, 0);
});

Deno.test("Affinity forgets a session that was idle for 24 hours", () => {
  const affinity = new Affinity();
  affinity.answered("s", "a", 0);
  assertEquals(affinity.of("s", DAY)?.home, "a");
  assertEquals(affinity.of("s", DAY + 1)?.home, undefined);
  affinity.answered("t", "a", 0);
  affinity.choose("u", "a", DAY + 1);
  assertEquals(affinity.size, 1);
});

Deno.test("Affinity keeps the 10,000 sessions used last", () => {
  const affinity = new Affinity();
  for (let n = 0; n < 10_000; n++) affinity.answered(`s${n}`, "a", n);
  affinity.answered("s0", "b", 10_000);
  affinity.answered("new", "a", 10_001);
  assertEquals(affinity.size, 10_000);
  assertEquals(affinity.of("s0", 10_002)?.home, "b");
  assertEquals(affinity.of("s1", 10_002)?.home, undefined);
});
