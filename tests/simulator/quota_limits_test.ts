/** Limits of single models, credits, and resets of all accounts. */

import { assertEquals } from "@std/assert";
import {
  ask,
  SPARK,
  SPENT,
  startWithQuota,
  usagePage,
} from "./quota_support.ts";

Deno.test("a model's own limit is charged and judged for its turns alone", async () => {
  await using test = await startWithQuota({
    limits: [{
      id: "codex_bengalfox",
      model: SPARK,
      windows: [{ minutes: 60, cost: 60 }],
    }],
  });
  test.quota.setCosts([10, 1]);
  await ask(test, { model: SPARK });
  const { headers } = await ask(test, { model: SPARK });
  assertEquals(headers.get("x-codex-bengalfox-primary-used-percent"), "120");
  assertEquals(headers.get("x-codex-primary-used-percent"), "0");

  const refused = await ask(test, { model: SPARK });
  assertEquals(refused.status, 429);
  assertEquals(refused.headers.get("x-codex-active-limit"), "codex_bengalfox");
  assertEquals(JSON.parse(refused.text).error.resets_in_seconds, 3600);
  assertEquals((await ask(test)).status, 200);

  test.quota.setUsed([100]);
  test.quota.setUsed([0], "codex_bengalfox");
  assertEquals((await ask(test)).status, 429);
  assertEquals((await ask(test, { model: SPARK })).status, 200);
});

Deno.test("a refusal may call the limit by another name", async () => {
  await using test = await startWithQuota({
    limits: [{
      id: "codex_other",
      model: SPARK,
      activeLimit: "premium",
      windows: [{ minutes: 60, used: 100 }],
    }],
  });
  const { headers } = await ask(test, { model: SPARK });
  assertEquals(headers.get("x-codex-active-limit"), "premium");
});

for (
  const credits of [{ hasCredits: true, balance: "12.5" }, { unlimited: true }]
) {
  Deno.test(`an account with ${JSON.stringify(credits)} is served past 100 %`, async () => {
    await using test = await startWithQuota({ ...SPENT, credits });
    const { status, headers } = await ask(test);
    assertEquals(status, 200);
    assertEquals(headers.get("x-codex-primary-used-percent"), "100");
    const { rate_limit, credits: shown } = await usagePage(test);
    assertEquals([rate_limit.allowed, rate_limit.limit_reached], [true, true]);
    assertEquals(shown.balance, credits.balance ?? "0");
    assertEquals(
      headers.get("x-codex-credits-balance"),
      credits.balance ?? "",
    );
    test.quota.setCredits({ hasCredits: false, unlimited: false });
    assertEquals((await ask(test)).status, 429);
  });
}

Deno.test("resetAll() frees all accounts, those without windows too", async () => {
  await using test = await startWithQuota(SPENT);
  const { simulator } = test;
  const beta = simulator.addAccount({
    name: "beta",
    quota: { ...SPENT, plan: "team" },
  });
  simulator.addAccount({ name: "gamma" });
  const others = { ...test, account: beta };
  for (const keepAnchor of [true, false]) {
    for (const one of [test, others]) {
      one.account.quota?.setUsed([100]);
      assertEquals((await ask(one)).status, 429);
    }
    simulator.resetAll({ keepAnchor });
    for (const one of [test, others]) {
      assertEquals((await ask(one)).status, 200);
    }
  }
});
