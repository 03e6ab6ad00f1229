import { assertEquals, assertRejects } from "@std/assert";
import { inOrder } from "../../lib/accounts/import/in_order.ts";

Deno.test("inOrder() runs one task at a time, in the order of the calls", async () => {
  const run = inOrder();
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const slow = run(async () => {
    seen.push("slow begins");
    await gate.promise;
    seen.push("slow ends");
    return 1;
  });
  const quick = run(() => {
    seen.push("quick");
    return Promise.resolve(2);
  });
  await Promise.resolve();
  assertEquals(seen, ["slow begins"]);
  gate.resolve();
  assertEquals(await Promise.all([slow, quick]), [1, 2]);
  assertEquals(seen, ["slow begins", "slow ends", "quick"]);
});

Deno.test("inOrder() goes on behind a task that throws, and tells its caller", async () => {
  const run = inOrder();
  const failed = run(() => Promise.reject(new Error("a bug")));
  const next = run(() => Promise.resolve("next"));
  await assertRejects(() => failed, Error, "a bug");
  assertEquals(await next, "next");
});

Deno.test("two queues do not wait for each other", async () => {
  const never = new Promise<never>(() => {});
  void inOrder()(() => never);
  assertEquals(await inOrder()(() => Promise.resolve("other")), "other");
});
