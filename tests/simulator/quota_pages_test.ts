/** The pages about limits: their form, their faults, and how late they are. */

import { assertEquals } from "@std/assert";
import {
  forbiddenPage,
  interposedPage,
  notFound,
  serverError,
} from "../../lib/simulator/faults/refusals.ts";
import endpoints from "../fixtures/captures/G14-account-endpoints.json" with {
  type: "json",
};
import {
  ask,
  FIVE_HOURS,
  get,
  SPARK,
  startWithQuota,
  usagePage,
  WEEK,
} from "./quota_support.ts";
import { shape, startWithAccount } from "./support.ts";

const USAGE = "/backend-api/wham/usage";
const OTHER_ADDRESSES = ["/backend-api/codex/usage", "/api/codex/usage"];
const RESETS = "/backend-api/wham/rate-limit-reset-credits";

/** As captured: 12 % with 9,000 s left, 34 % with 300,000 s left. */
const CAPTURED = {
  windows: [
    { minutes: FIVE_HOURS, used: 12, leftMs: 9_000_000 },
    { minutes: WEEK, used: 34, leftMs: 300_000_000 },
  ],
};

Deno.test("the page of usage looks like G14, and tells the resets", async () => {
  await using test = await startWithQuota(CAPTURED);
  const { rate_limit_reset_credits: resets, ...page } = await usagePage(test);
  const { rate_limit: captured } = endpoints.usage.body;
  assertEquals(
    JSON.stringify(shape(page)),
    JSON.stringify(shape(endpoints.usage.body)),
  );

  const now = test.clock.now / 1000;
  const { primary_window: primary, secondary_window: secondary } = captured;
  assertEquals(page, {
    ...endpoints.usage.body,
    user_id: "user-alpha",
    account_id: "acct-alpha",
    email: "alpha@example.test",
    rate_limit: {
      ...captured,
      primary_window: { ...primary, reset_at: now + 9000 },
      secondary_window: { ...secondary, reset_at: now + 300_000 },
    },
  });
  assertEquals(resets, null);
});

Deno.test("the page of usage says when a limit is reached, and has those of models", async () => {
  await using test = await startWithQuota({
    plan: "pro",
    limits: [{
      id: "codex_bengalfox",
      model: SPARK,
      windows: [{ minutes: 60, used: 22 }],
    }],
    resetCredits: 2,
  });
  test.quota.setUsed([100]);
  const page = await usagePage(test);
  assertEquals(page.plan_type, "pro");
  assertEquals(page.rate_limit.allowed, false);
  assertEquals(page.rate_limit.limit_reached, true);
  assertEquals(page.rate_limit.primary_window.limit_window_seconds, 604_800);
  assertEquals(page.rate_limit.secondary_window, null);
  assertEquals(page.rate_limit_reached_type, { type: "rate_limit_reached" });
  assertEquals(page.rate_limit_reset_credits, { available_count: 2 });
  const [{ rate_limit: limit, ...names }, ...more] =
    page.additional_rate_limits;
  assertEquals(names, {
    limit_name: SPARK,
    metered_feature: "codex_bengalfox",
  });
  assertEquals([limit.allowed, limit.primary_window.used_percent], [true, 22]);
  assertEquals(more, []);
});

Deno.test("a limit without windows is null on the page", async () => {
  await using test = await startWithQuota({ windows: [] });
  assertEquals((await usagePage(test)).rate_limit, null);
  const { status, headers } = await ask(test);
  assertEquals([status, headers.get("x-codex-primary-used-percent")], [
    200,
    null,
  ]);
});

Deno.test("each address shows the same page, and each read is counted and recorded", async () => {
  await using test = await startWithQuota(CAPTURED);
  const page = await usagePage(test);
  for (const path of OTHER_ADDRESSES) {
    assertEquals(await (await get(test, path)).json(), page);
  }
  assertEquals(test.account.usageReads, 3);
  const reads = test.simulator.requests.filter(({ account, target }) =>
    account === "alpha" && target.endsWith("/usage")
  );
  assertEquals(reads.length, 3);
  assertEquals(
    reads.every(({ headers }) =>
      headers.some(([name]) => name === "authorization")
    ),
    true,
  );
});

const FAULTS = {
  "403": forbiddenPage(),
  "404": notFound(),
  "500": serverError(),
  "200": interposedPage(),
};

for (const [status, fault] of Object.entries(FAULTS)) {
  Deno.test(`the page of usage may answer ${status} without a page, and counts`, async () => {
    await using test = await startWithQuota();
    test.account.faultAt("usage", fault);
    const answer = await get(test, USAGE);
    const isPage = (await answer.text()).startsWith('{"user_id"');
    assertEquals([String(answer.status), isPage], [status, false]);
    assertEquals(test.account.usageReads, 1);
    assertEquals((await usagePage(test)).account_id, "acct-alpha");
  });
}

Deno.test("one address may fail while the others answer", async () => {
  await using test = await startWithQuota();
  const statuses = async () => {
    const found: number[] = [];
    for (const path of [USAGE, ...OTHER_ADDRESSES]) {
      const answer = await get(test, path);
      await answer.body?.cancel();
      found.push(answer.status);
    }
    return found;
  };
  test.account.faultAt("usage", forbiddenPage(), Infinity);
  assertEquals(await statuses(), [403, 200, 200]);
  test.account.clearFaults();
  test.account.faultAt("other_usage", notFound(), Infinity);
  assertEquals(await statuses(), [200, 404, 404]);
  test.account.clearFaults();
  test.account.faultAt("account", notFound(), Infinity);
  assertEquals(await statuses(), [404, 404, 404]);
});

Deno.test("a page that lags shows what was true then", async () => {
  await using test = await startWithQuota(CAPTURED);
  const { clock, quota } = test;
  quota.pageLagMs = 60_000;
  const before = await usagePage(test);
  clock.pass(30_000);
  quota.setUsed([100]);
  assertEquals((await ask(test)).status, 429);
  assertEquals(
    (await usagePage(test)).rate_limit.primary_window.used_percent,
    12,
  );
  clock.pass(60_000);
  const late = await usagePage(test);
  assertEquals(late.rate_limit.allowed, false);
  assertEquals(
    late.rate_limit.primary_window.reset_after_seconds,
    before.rate_limit.primary_window.reset_after_seconds - 90,
  );

  test.simulator.resetAll();
  assertEquals((await usagePage(test)).rate_limit.allowed, false);
  assertEquals((await ask(test)).status, 200);
  clock.pass(60_000);
  assertEquals((await usagePage(test)).rate_limit.allowed, true);
});

function consume(
  test: Parameters<typeof get>[0],
  body: Readonly<Record<string, string>>,
): Promise<Response> {
  return get(test, `${RESETS}/consume`, {
    method: "POST",
    body: JSON.stringify(body),
  });
}

Deno.test("a person may take a reset, once for each credit and request", async () => {
  await using test = await startWithQuota({ resetCredits: 2 });
  const available = async () =>
    (await (await get(test, RESETS)).json()).available_count;
  const take = async (id: string, creditId?: string) => {
    const named = creditId === undefined ? {} : { credit_id: creditId };
    const answer = await consume(test, { redeem_request_id: id, ...named });
    return await answer.json();
  };
  assertEquals(await take("a"), { code: "nothing_to_reset", windows_reset: 0 });
  test.quota.setUsed([100, 40]);
  assertEquals(await take("a", "x"), { code: "no_credit", windows_reset: 0 });
  assertEquals(await available(), 2);
  assertEquals(await take("a"), { code: "reset", windows_reset: 2 });
  assertEquals((await ask(test)).status, 200);
  assertEquals(await take("a"), { code: "already_redeemed", windows_reset: 0 });
  assertEquals(await take("b"), { code: "reset", windows_reset: 2 });
  test.quota.setUsed([100]);
  assertEquals(await take("c"), { code: "no_credit", windows_reset: 0 });

  const page = await (await get(test, RESETS)).json();
  assertEquals([page.available_count, page.total_earned_count], [0, 2]);
  const [credit] = page.credits;
  assertEquals([credit.status, credit.expires_at], ["redeemed", null]);
  assertEquals(Date.parse(credit.granted_at), Date.UTC(2026, 10, 29));
  assertEquals((await usagePage(test)).rate_limit_reset_credits, {
    available_count: 0,
  });
});

Deno.test("a reset needs the id of its request, and may be refused", async () => {
  await using test = await startWithQuota({ resetCredits: 1 });
  assertEquals(
    (await (await consume(test, {})).json()).detail,
    "redeem_request_id is missing",
  );
  test.account.faultAt("resets", forbiddenPage());
  const answer = await get(test, RESETS);
  await answer.body?.cancel();
  assertEquals(answer.status, 403);
});

Deno.test("an account without windows keeps its fixed pages", async () => {
  await using started = await startWithAccount();
  const { account } = started;
  for (const path of [USAGE, ...OTHER_ADDRESSES]) {
    const page = await (await get(started, path)).json();
    assertEquals(shape(page), shape(endpoints.usage.body));
  }
  assertEquals(account.usageReads, 3);
  const taken = await consume(started, { redeem_request_id: "a" });
  assertEquals(await taken.json(), { code: "no_credit", windows_reset: 0 });
});
