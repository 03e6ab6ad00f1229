import { assertEquals } from "@std/assert";
import { Affinity } from "../../lib/accounts/affinity.ts";

const DAY = 24 * 60 * 60 * 1000;

Deno.test("Affinity remembers the last account of a session", () => {
  const affinity = new Affinity();
  affinity.set("s", "a", 0);
  affinity.set("s", "b", 1);
  assertEquals(affinity.get("s", 2), "b");
  assertEquals(affinity.get("other", 2), undefined);
});

Deno.test("Affinity forgets a session that was idle for 24 hours", () => {
  const affinity = new Affinity();
  affinity.set("s", "a", 0);
  assertEquals(affinity.get("s", DAY), "a");
  assertEquals(affinity.get("s", DAY + 1), undefined);
  affinity.set("t", "a", 0);
  affinity.set("u", "a", DAY + 1);
  assertEquals(affinity.size, 1);
});

Deno.test("Affinity keeps the 10,000 sessions used last", () => {
  const affinity = new Affinity();
  for (let n = 0; n < 10_000; n++) affinity.set(`s${n}`, "a", n);
  affinity.set("s0", "b", 10_000);
  affinity.set("new", "a", 10_001);
  assertEquals(affinity.size, 10_000);
  assertEquals(affinity.get("s0", 10_002), "b");
  assertEquals(affinity.get("s1", 10_002), undefined);
});
