/** What a person asks upstream for by hand: the page of usage, and resets. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { connectionReset } from "../../lib/simulator/faults/faults.ts";
import {
  rateLimitExceeded,
  serverError,
} from "../../lib/simulator/faults/refusals.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { until } from "../support/load.ts";
import { RawUpstream } from "../support/raw_upstream.ts";

const DAY = 24 * 3_600_000;
const SPENT = [{ minutes: 7 * 24 * 60, used: 100, leftMs: 3 * DAY }];
const JSON_TYPE = { "content-type": "application/json" };

async function post(test: TestGateway, path: string, body?: unknown) {
  const answer = await test.admin(`/admin/accounts/${path}`, {
    method: "POST",
    headers: JSON_TYPE,
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

async function get(test: TestGateway, path: string) {
  const answer = await test.admin(`/admin/accounts/${path}`);
  return { status: answer.status, body: await answer.json() };
}

Deno.test("a person reads the page of an account now", async () => {
  await using test = await startTestGateway({ warm: true });
  test.account("a").setQuota({ windows: [{ minutes: 300, used: 7 }] });
  const { status, body } = await post(test, "a/quota");
  assertEquals(status, 200);
  assertEquals(body.quota.source, "usage_page");
  assertEquals(body.quota.limits[0].windows[0].used_percent, 7);
  assertEquals((await test.views())["a"]?.["quota"], body.quota);
});

Deno.test("a page that shows room ends the block", async () => {
  await using test = await startTestGateway({ warm: true });
  test.account("a").setQuota({ windows: SPENT });
  await (await test.turn()).body?.cancel();
  await post(test, "a/quota");
  const state = async () => (await test.views())["a"]?.["routing_state"];
  assertEquals(await state(), "cooldown");
  test.simulator.resetAll();
  await post(test, "a/quota");
  assertEquals(await state(), "ready");
});

const FAILURES = [
  ["a 500", serverError(), "500"],
  ["no answer", connectionReset(), ""],
] as const;

for (const [what, fault, words] of FAILURES) {
  Deno.test(`${what} is told in words, with the figures from before`, async () => {
    await using test = await startTestGateway({ warm: true });
    await (await test.turn()).text();
    // The runtime itself asks again over a new connection.
    test.account("a").faultAt("usage", fault, 2);
    const { status, body } = await post(test, "a/quota");
    assertEquals([status, body.quota.source], [502, "headers"]);
    assert(body.error.message.length > 0);
    assertStringIncludes(body.error.message, words);
    assertEquals((await test.views())["a"]?.["routing_state"], "ready");
  });
}

Deno.test("what cannot be asked about is told", async () => {
  await using test = await startTestGateway({ accounts: ["a", "b"] });
  const { registry } = test.gateway;
  const [a, b] = registry.accounts();
  b?.standsBehind(a);
  a?.failed({ kind: "account_invalid", message: "signed out" }, Date.now());
  const said: Record<string, string> = {};
  for (const id of ["a", "b", "none"]) {
    const { status, body } = await post(test, `${id}/quota`);
    said[id] = `${status} ${body.error.message}`;
  }
  assertEquals(said, {
    a: "409 the sign-in is dead, so a person must sign in again",
    b: "409 the account `a` of the same person serves instead: ask for that one",
    none: "404 unknown account `none`",
  });
  assertEquals(test.simulator.requests, []);
});

Deno.test("a stop does not wait for a page", async () => {
  await using test = await startTestGateway({ warm: true });
  test.account("a").faultAt("usage", { kind: "never_answer" });
  const read = post(test, "a/quota");
  await test.simulator.waitFor((all) => all.length === 1);
  await test.gateway.stop(60_000);
  assertEquals((await read).status, 503);
});

Deno.test("a client that shows the pool's usage has old figures read, once", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
  });
  for (let polls = 0; polls < 5; polls++) {
    const page = await fetch(test.url("/backend-api/wham/usage"));
    assertEquals(page.status, 200);
    await page.body?.cancel();
  }
  const sources = async () =>
    Object.values(await test.views()).map(({ quota }) =>
      (quota as { readonly source: string } | null)?.source
    );
  await until(
    async () => (await sources()).every((one) => one === "usage_page"),
    "the figures of both",
  );
  const reads = () => test.simulator.accounts.map((one) => one.usageReads);
  assertEquals(reads(), [1, 1]);
  await (await fetch(test.url("/api/codex/usage"))).body?.cancel();
  assertEquals(reads(), [1, 1]);
});

Deno.test("reads of pages are counted", async () => {
  await using test = await startTestGateway({ warm: true });
  test.account("a").faultAt("usage", serverError());
  for (let n = 0; n < 3; n++) await post(test, "a/quota");
  const metrics = await (await test.admin("/admin/metrics")).text();
  assertEquals(
    metrics.split("\n").filter((line) =>
      line.startsWith("codaze_usage_reads_total")
    ),
    [
      'codaze_usage_reads_total{outcome="read"} 2',
      'codaze_usage_reads_total{outcome="unreadable"} 1',
      'codaze_usage_reads_total{outcome="unreachable"} 0',
      'codaze_usage_reads_total{outcome="not_refreshed"} 0',
    ],
  );
});

function withResets(count?: number): Promise<TestGateway> {
  return startTestGateway({ warm: true }).then((test) => {
    test.account("a").setQuota({
      windows: SPENT,
      ...count === undefined ? {} : { resetCredits: count },
    });
    return test;
  });
}

const CONSUME = "a/reset-credits/consume";

function spendings(test: TestGateway): readonly unknown[] {
  return test.simulator.requests
    .filter(({ target }) => target.endsWith("/consume"))
    .map((request) => request.json());
}

Deno.test("the resets of an account are shown", async () => {
  await using test = await withResets(2);
  const { status, body } = await get(test, "a/reset-credits");
  assertEquals(status, 200);
  const credit = {
    title: "Rate limit reset",
    status: "available",
    expires_at: null,
  };
  assertEquals(body, {
    available_count: 2,
    credits: [
      { id: "reset_credit_1", ...credit },
      { id: "reset_credit_2", ...credit },
    ],
  });
});

Deno.test("a reset is spent in two steps, and the account serves again", async () => {
  await using test = await withResets(1);
  await (await test.turn()).body?.cancel();
  const first = await post(test, CONSUME);
  assertEquals(first.status, 200);
  assertEquals(first.body.spends.id, "reset_credit_1");
  assertEquals(first.body.available_count, 1);
  assertEquals(spendings(test), []);

  const { confirm } = first.body;
  const second = await post(test, CONSUME, { confirm });
  assertEquals([second.status, second.body.code], [200, "reset"]);
  assertEquals(second.body.windows_reset, 1);
  assertEquals(second.body.quota.limits[0].windows[0].used_percent, 0);
  assertEquals(spendings(test), [{
    redeem_request_id: confirm,
    credit_id: "reset_credit_1",
  }]);
  const served = await test.turn();
  assertStringIncludes(await served.text(), "response.completed");

  const again = await post(test, CONSUME, { confirm });
  assertEquals(again.status, 409);
  assertEquals(spendings(test).length, 1);
});

Deno.test("after a lost answer the same confirm may be sent again", async () => {
  await using test = await withResets(2);
  const { body: { confirm } } = await post(test, CONSUME);
  // The runtime itself asks again over a new connection.
  test.account("a").faultAt("resets", connectionReset(), 2);
  const lost = await post(test, CONSUME, { confirm });
  assertEquals(lost.status, 502);
  const again = await post(test, CONSUME, { confirm });
  assertEquals(again.body.code, "reset");
  assertEquals(
    new Set(spendings(test).map((one) => JSON.stringify(one))).size,
    1,
  );
});

Deno.test("nothing is spent without an offer, or for another account", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
  });
  for (const name of ["a", "b"]) {
    test.account(name).setQuota({ windows: SPENT, resetCredits: 1 });
  }
  const { body: { confirm } } = await post(test, CONSUME);
  const wrong = [
    await post(test, CONSUME, { confirm: "made-up" }),
    await post(test, "b/reset-credits/consume", { confirm }),
  ];
  assertEquals(wrong.map(({ status }) => status), [409, 409]);
  const bad = await post(test, CONSUME, { confirm: 7 });
  assertEquals([bad.status, bad.body.error.message], [
    400,
    "confirm must be a string",
  ]);
  assertEquals(spendings(test), []);
});

Deno.test("an account without resets has none to spend", async () => {
  for (const count of [0, undefined]) {
    await using test = await withResets(count);
    const { status, body } = await post(test, CONSUME);
    assertEquals([status, body.error.message], [
      409,
      "there is no reset to spend",
    ]);
  }
});

const ODD = {
  available_count: "many",
  credits: [
    null,
    7,
    { id: 7 },
    { id: "late", status: "available", expires_at: "2026-12-24T00:00:00Z" },
    { id: "spent", status: "redeemed", expires_at: "2026-11-30T00:00:00Z" },
    { id: "soon", status: "available", expires_at: "2026-12-01T00:00:00Z" },
    { id: "odd", title: { a: 1 }, status: 7, expires_at: "soon" },
  ],
};

Deno.test("of several resets the one that is lost first is offered", async () => {
  const page = JSON.stringify(ODD);
  await using upstream = new RawUpstream((exchange) =>
    exchange.raw(
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
        `content-length: ${page.length}\r\n\r\n${page}`,
    )
  );
  await using test = await startTestGateway({
    warm: true,
    upstream: upstream.url,
  });
  const { body } = await post(test, CONSUME);
  assertEquals(body.spends, {
    id: "soon",
    title: null,
    status: "available",
    expires_at: "2026-12-01T00:00:00Z",
  });
  // Counted, where upstream does not say; an unknown status may be good.
  assertEquals(body.available_count, 3);
  const { body: { credits } } = await get(test, "a/reset-credits");
  assertEquals(credits.length, 4);
  assertEquals(credits[3], {
    id: "odd",
    title: null,
    status: null,
    expires_at: null,
  });
});

Deno.test("a list that upstream refuses is told, and asked for once", async () => {
  await using test = await withResets(1);
  test.account("a").faultAt("resets", rateLimitExceeded(), Infinity);
  const { status, body } = await get(test, "a/reset-credits");
  assertEquals(status, 502);
  assertStringIncludes(body.error.message, "429");
  assertEquals(test.simulator.requests.length, 1);
  await until(
    async () => (await test.views())["a"]?.["routing_state"] === "ready",
    "an account that is not blamed",
  );
});
