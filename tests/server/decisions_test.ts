import { assert, assertEquals } from "@std/assert";
import { scoreOf } from "../../lib/policy/by_quota.ts";
import { decide } from "../../lib/policy/decide.ts";
import type { AccountView } from "../../lib/policy/input.ts";
import { classOf, type Window } from "../../lib/quota/quota.ts";
import { readDecisions } from "../../lib/cli/decisions/read_decisions.ts";
import { spentForAnHour } from "../support/faults.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { metricsOf } from "../support/status.ts";

async function get(test: TestGateway, path: string) {
  const answer = await test.admin(path);
  return { status: answer.status, body: await answer.json() };
}

async function served(
  test: TestGateway,
  session: string,
  model = "gpt-6.2-sol",
): Promise<number> {
  const headers = { "session-id": session };
  const answer = await test.turn({ model }, { headers });
  await answer.text();
  return answer.status;
}

const HOUR = 3_600_000;

const FILL = {
  accounts: ["a", "b"],
  warm: true,
  flags: ["--routing-policy=fill_first"],
};

Deno.test("GET /admin/decisions shows the latest, oldest first", async () => {
  await using test = await startTestGateway(FILL);
  for (const session of ["one", "one", "two"]) await served(test, session);
  const { body: { decisions } } = await get(test, "/admin/decisions?limit=2");
  assertEquals(
    decisions.map((
      { account, rule, policy, model, out }: Record<string, unknown>,
    ) => [account, rule, policy, model, out]),
    [
      ["a", "owner", "fill_first", "gpt-6.2-sol", []],
      ["a", "fill_first", "fill_first", "gpt-6.2-sol", []],
    ],
  );
  const [one, two] = decisions;
  assert(Math.abs(Date.parse(one.at) - Date.now()) < 60_000);
  assert(/^[\w+/-]{8}$/.test(one.session) && one.session !== two.session);
  assert(!("input" in one));
  const all = await get(test, "/admin/decisions");
  assertEquals(all.body.decisions.length, 3);
});

Deno.test("decisions with full=1 can be made again", async () => {
  await using test = await startTestGateway(FILL);
  test.account("a").fault(spentForAnHour());
  for (const session of ["one", "two"]) await served(test, session);
  const answer = await test.admin("/admin/decisions?limit=1000&full=1");
  const read = readDecisions(await answer.text());
  assert(read.ok, read.ok ? "" : read.error);
  assertEquals(read.value.map(({ account }) => account), ["a", "b", "b"]);
  for (const { input, account, rule } of read.value) {
    const again = decide(input);
    assertEquals([again.account, again.rule], [account, rule]);
  }
});

const BAD_QUERIES: ReadonlyArray<[query: string, says: string]> = [
  ["limit=0", "limit must be a whole number from 1 to 1000, not `0`"],
  ["limit=1001", "from 1 to 1000, not `1001`"],
  ["limit=-1", "from 1 to 1000, not `-1`"],
  ["limit=", "from 1 to 1000, not ``"],
  ["limit=1e2", "from 1 to 1000, not `1e2`"],
  ["full=yes", "full must be 0 or 1, not `yes`"],
];

Deno.test("GET /admin/decisions refuses what it cannot make out", async () => {
  await using test = await startTestGateway();
  for (const [query, says] of BAD_QUERIES) {
    const { status, body } = await get(test, `/admin/decisions?${query}`);
    assertEquals(status, 400, query);
    assert(body.error.message.includes(says), body.error.message);
  }
});

Deno.test("GET /admin/explain says who would serve, and changes nothing", async () => {
  await using test = await startTestGateway(FILL);
  await served(test, "one");
  const session = await get(test, "/admin/explain?session=one");
  assertEquals(session.body, {
    policy: "fill_first",
    model: null,
    session_known: true,
    account: "a",
    rule: "owner",
    why: "the session is at home there, with its cached prompt",
    accounts: [
      {
        id: "a",
        label: "a",
        chosen: true,
        out: null,
        why: "the session is at home there, with its cached prompt",
      },
      {
        id: "b",
        label: "b",
        chosen: false,
        out: null,
        why: "may serve, but the session stays where it is",
      },
    ],
  });
  const other = await get(test, "/admin/explain?session=two&model=gpt-x");
  const { session_known: known, rule, model } = other.body;
  assertEquals([known, rule, model], [false, "fill_first", "gpt-x"]);
  assertEquals((await get(test, "/admin/explain")).body.session_known, null);
  const { body } = await get(test, "/admin/decisions");
  assertEquals(body.decisions.length, 1);
});

Deno.test("score is the rest of the week in danger, by the hour", () => {
  const now = 1_800_000_000_000;
  const window = (minutes: number, used: number, leftMs: number) => ({
    class: classOf({ minutes, resetsAt: undefined, now }),
    minutes,
    used,
    resetsAt: now + leftMs,
    running: true,
  });
  const view: AccountView = {
    id: "a",
    readiness: "ready",
    inFlight: 0,
    hasCredits: false,
    weight: 1,
    paused: false,
    priority: 0,
    keep: 0,
  };
  const week = window(10_080, 36, 16 * HOUR);
  assertEquals(scoreOf(view, now), undefined);
  const scoreWith = (windows: readonly Window[]) =>
    scoreOf({ ...view, windows }, now)?.toFixed(6);
  assertEquals(scoreWith([week]), "1.000000");
  const short = window(300, 50, HOUR);
  assertEquals(scoreWith([short, week]), "0.500000");
});

Deno.test("GET /admin/pool counts who can serve, and each refused turn once", async () => {
  await using test = await startTestGateway(FILL);
  const before = await get(test, "/admin/pool");
  assertEquals(before.body, {
    accounts: 2,
    can_serve: 2,
    windows: [],
    next_reset_at: null,
    routing_policy: "fill_first",
    refused: { total: 0, empty: 0, paused: 0, spent: 0, busy: 0 },
  });
  for (const name of ["a", "b"]) test.account(name).fault(spentForAnHour());
  for (const session of ["one", "two", "three"]) {
    assertEquals(await served(test, session), 429);
  }
  const { body } = await get(test, "/admin/pool");
  const used = body.windows.map((
    window: Record<string, unknown>,
  ) => [window["class"], window["used_percent"]]);
  assertEquals([body.can_serve, used], [0, [["short", 100], ["week", 100]]]);
  const wait = Date.parse(body.next_reset_at) - Date.now();
  assert(wait > 3_500_000 && wait < 3_660_000, String(wait));
  assertEquals(body.refused, {
    total: 3,
    empty: 0,
    paused: 0,
    spent: 3,
    busy: 0,
  });
  for (const id of ["a", "b"]) {
    const answer = await test.admin(`/admin/accounts/${id}/settings`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: '{"paused":true}',
    });
    await answer.body?.cancel();
  }
  await served(test, "four");
  const paused = await get(test, "/admin/pool");
  assertEquals(paused.body.refused.paused, 1);
  const metrics = await metricsOf(test);
  assertEquals(metrics['codaze_pool_refusals_total{why="spent"}'], 3);
  assertEquals(metrics['codaze_pool_refusals_total{why="paused"}'], 1);
  // Nobody is left whose rest could count.
  assertEquals(metrics['codaze_pool_rest_ratio{window="week"}'], undefined);
});

Deno.test("a refusal shows in the quota of its account, and in the metrics", async () => {
  await using test = await startTestGateway(FILL);
  test.account("a").fault(spentForAnHour());
  await served(test, "one");
  const { a, b } = await test.views();
  assertEquals([a?.["serves"], b?.["serves"]], ["quota_exhausted", "now"]);
  assertEquals(a?.["serves_at"], a?.["blocked_until"]);
  const limit = JSON.parse(JSON.stringify(a?.["quota"])).limits
    .find(({ id }: { readonly id: string }) => id === "codex");
  assertEquals(limit.blocked_until, a?.["blocked_until"]);
  const wait = Date.parse(limit.recheck_at) - Date.now();
  assert(wait > 14 * 60_000 && wait < 19 * 60_000, String(wait));
  const metrics = await metricsOf(test);
  const blocked = (account: string, limit: string) =>
    metrics[`codaze_account_blocked{account="${account}",limit="${limit}"}`];
  assertEquals([blocked("a", "codex"), blocked("a", "other")], [1, 0]);
  assertEquals(blocked("b", "codex"), 0);
  assertEquals(metrics['codaze_decisions_total{rule="fill_first"}'], 1);
  assertEquals(metrics['codaze_decisions_total{rule="only"}'], 1);
  const rest = metrics['codaze_pool_rest_ratio{window="week"}'] ?? NaN;
  assert(rest >= 0 && rest < 1, String(rest));
});
