import { join } from "@std/path";
import { assert, assertEquals } from "@std/assert";
import * as faults from "../../lib/simulator/faults/faults.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import { CATALOGUE } from "../../lib/simulator/model/catalogue.ts";
import { Caller } from "../support/caller.ts";
import { FakeClock } from "../support/clock.ts";
import { startFillFirst, type TestGateway } from "../support/gateway.ts";
import { readMetrics } from "../support/prometheus.ts";
import { RawUpstream } from "../support/raw_upstream.ts";
import { metricsOf, statusWhen } from "../support/status.ts";
import { SILENT } from "../support/system.ts";
import { WHOLE } from "../support/turns.ts";

/** The series of one metric that are not zero. */
async function counted(
  test: TestGateway,
  name: string,
): Promise<Record<string, number>> {
  const values = Object.entries(await metricsOf(test));
  return Object.fromEntries(
    values.filter(([series, value]) => series.startsWith(name) && value !== 0)
      .map(([series, value]) => [series.slice(name.length), value]),
  );
}

Deno.test("GET /admin/metrics is what a scraper asks for", async () => {
  await using test = await startFillFirst({
    runtime: {
      now: () => 1_795_341_600_250,
      memory: () => ({ rss: 61_000_000, heapUsed: 9_000_000 }),
    },
  });
  const answer = await test.admin("/admin/metrics");
  assertEquals(
    answer.headers.get("content-type"),
    "text/plain; version=0.0.4; charset=utf-8",
  );
  const metrics = readMetrics(await answer.text());
  assertEquals(
    [...metrics.values()].map(({ name, type }) => `${name} ${type}`),
    [
      "codaze_build_info gauge",
      "process_start_time_seconds gauge",
      "process_resident_memory_bytes gauge",
      "codaze_bodies_held_bytes gauge",
      "codaze_bodies_limit_bytes gauge",
      "codaze_bodies_refused_total counter",
      "codaze_healthy gauge",
      "codaze_port_listening gauge",
      "codaze_port_losses_total counter",
      "codaze_longest_stall_seconds gauge",
      "codaze_recent_stall_seconds gauge",
      "process_open_fds gauge",
      "codaze_descriptors_near_limit gauge",
      "codaze_memory_limit_bytes gauge",
      "codaze_uncaught_total counter",
      "codaze_turns_total counter",
      "codaze_tokens_total counter",
      "codaze_open_turns gauge",
      "codaze_requests_total counter",
      "codaze_failovers_total counter",
      "codaze_open_streams gauge",
      "codaze_time_to_first_event_seconds histogram",
      "codaze_accounts gauge",
      "codaze_attempts_total counter",
      "codaze_account_in_flight_requests gauge",
      "codaze_account_cooldown_remaining_seconds gauge",
      "codaze_account_persist_pending gauge",
      "codaze_account_quota_used_ratio gauge",
      "codaze_account_quota_reset_timestamp_seconds gauge",
      "codaze_account_quota_age_seconds gauge",
      "codaze_account_blocked gauge",
      "codaze_pool_rest_ratio gauge",
      "codaze_decisions_total counter",
      "codaze_pool_refusals_total counter",
      "codaze_refreshes_total counter",
      "codaze_usage_reads_total counter",
    ],
  );
  const values = await metricsOf(test);
  const build = '{version="0.0.0-test",codex_version="0.171.0"}';
  assertEquals(values[`codaze_build_info${build}`], 1);
  assertEquals(values["process_start_time_seconds"], 1_795_341_600.25);
  assertEquals(values["process_resident_memory_bytes"], 61_000_000);
});

Deno.test("turns, attempts and failovers are told apart", async () => {
  await using test = await startFillFirst({ warm: false });
  test.account("a").fault(refusals.rateLimitExceeded(30));
  await (await test.turn()).text();
  test.account("b").fault(refusals.contextLengthExceeded());
  await (await test.turn()).text();
  const answer = await fetch(test.url("/v1/responses/compact"), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "originator": "codex_exec",
    },
    body: '{"model":"gpt-5.5","input":[]}',
  });
  await answer.body?.cancel();
  {
    using caller = await Caller.open(test);
    await caller.turn();
    await caller.turn();
  }
  await statusWhen(test, ({ streams }) => streams.websocket === 0);

  assertEquals(await counted(test, "codaze_turns_total"), {
    '{transport="sse",outcome="completed"}': 1,
    '{transport="sse",outcome="rejected"}': 1,
    '{transport="websocket",outcome="completed"}': 2,
  });
  assertEquals(await counted(test, "codaze_requests_total"), {
    '{endpoint="responses/compact",outcome="completed"}': 1,
  });
  assertEquals(await counted(test, "codaze_failovers_total"), { "": 1 });
  assertEquals(await counted(test, "codaze_refreshes_total"), {
    '{outcome="success"}': 2,
  });
  assertEquals(await counted(test, "codaze_attempts_total"), {
    '{account="a",outcome="rate_limited"}': 1,
    '{account="b",outcome="success"}': 4,
    '{account="b",outcome="request_rejected"}': 1,
    '{account="b",outcome="released"}': 1,
  });
  assertEquals(await counted(test, "codaze_accounts"), {
    '{state="ready"}': 1,
    '{state="cooldown"}': 1,
  });
});

Deno.test("a cooldown counts down, and in flight is seen", async () => {
  const clock = new FakeClock({ now: Date.now() });
  await using test = await startFillFirst({ runtime: clock.read });
  test.account("a").fault(refusals.rateLimitExceeded(30));
  test.account("b").fault(faults.silenceAfter(3));
  const controller = new AbortController();
  const answer = await test.turn({}, { signal: controller.signal });
  const cooldown = "codaze_account_cooldown_remaining_seconds";
  assertEquals(await counted(test, cooldown), { '{account="a"}': 30 });
  clock.pass(12_500);
  assertEquals(await counted(test, cooldown), { '{account="a"}': 17.5 });
  clock.pass(30_000);
  assertEquals(await counted(test, cooldown), {});

  const inFlight = { '{account="b"}': 1 };
  const name = "codaze_account_in_flight_requests";
  assertEquals(await counted(test, name), inFlight);
  assertEquals(await counted(test, "codaze_open_turns"), { "": 1 });
  assertEquals(await counted(test, "codaze_open_streams"), {
    '{transport="sse"}': 1,
  });
  controller.abort();
  await answer.text().catch(() => {});
});

Deno.test("time to the first event includes the failover", async () => {
  const clock = new FakeClock({ now: Date.now() });
  await using test = await startFillFirst({
    runtime: {
      ...clock.read,
      // The clock stands, but for the three seconds that the first one took.
      log: { ...SILENT, warn: () => clock.pass(3000) },
    },
  });
  test.account("a").fault(refusals.rateLimitExceeded(30));
  await (await test.turn()).text();
  const seen = await counted(test, "codaze_time_to_first_event_seconds");
  assertEquals(seen, {
    '_bucket{transport="sse",le="3"}': 1,
    '_bucket{transport="sse",le="5"}': 1,
    '_bucket{transport="sse",le="10"}': 1,
    '_bucket{transport="sse",le="20"}': 1,
    '_bucket{transport="sse",le="30"}': 1,
    '_bucket{transport="sse",le="60"}': 1,
    '_bucket{transport="sse",le="120"}': 1,
    '_bucket{transport="sse",le="+Inf"}': 1,
    '_sum{transport="sse"}': 3,
    '_count{transport="sse"}': 1,
  });
});

Deno.test("a first event counts when it comes, and each turn once", async () => {
  const name = "codaze_time_to_first_event_seconds_count";
  await using test = await startFillFirst();
  using caller = await Caller.open(test);
  assertEquals(await counted(test, name), {});
  await caller.turn();
  await caller.turn();
  test.account("a").fault(faults.silenceAfter(3));
  const controller = new AbortController();
  const answer = await test.turn({}, { signal: controller.signal });
  assertEquals(await counted(test, name), {
    '{transport="websocket"}': 2,
    '{transport="sse"}': 1,
  });
  controller.abort();
  await answer.text().catch(() => {});
});

Deno.test("a turn that comes in one piece has a first event, too", async () => {
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(WHOLE);
    await exchange.end();
  });
  await using test = await startFillFirst({ upstream: upstream.url });
  await (await test.turn()).text();
  const name = "codaze_time_to_first_event_seconds_count";
  assertEquals(await counted(test, name), { '{transport="sse"}': 1 });
});

/** Names that a file may have on a disk, and how they are told. */
const ODD: ReadonlyArray<[name: string, told: string]> = [
  ['quo"te', 'quo"te'],
  ["back\\slash", "back\\slash"],
  ["line\nbreak", "line\nbreak"],
  ["日本 😀", "日本 😀"],
  ["cr\rlf\u2028", "cr\\u000dlf\\u2028"],
  ["\x1b[31mred\x9b", "\\u001b[31mred\\u009b"],
];

Deno.test("an account's name cannot break the format", async () => {
  await using test = await startFillFirst({ accounts: [] });
  for (const [index, [name]] of ODD.entries()) {
    await Deno.writeTextFile(
      join(test.dir, `${name}.json`),
      JSON.stringify({ refresh_token: `rt_odd_${index}` }),
    );
  }
  await statusWhen(test, ({ accounts }) => accounts["total"] === ODD.length);
  const text = await (await test.admin("/admin/metrics")).text();
  const pending = readMetrics(text).get("codaze_account_persist_pending");
  assertEquals(
    pending?.samples.map(({ labels }) => labels["account"]).sort(),
    ODD.map(([, told]) => told).sort(),
  );
});

Deno.test("an account that was removed leaves the export", async () => {
  await using test = await startFillFirst();
  await (await test.turn()).text();
  const mine = async () =>
    Object.keys(await metricsOf(test)).filter((series) =>
      series.includes('account="a"')
    ).length;
  assertEquals(await mine(), 11);
  const removed = await test.admin("/admin/accounts/a", {
    method: "DELETE",
    headers: { "content-type": "application/json" },
  });
  assertEquals(removed.status, 204);
  assertEquals(await mine(), 0);
});

Deno.test("the series do not grow with the turns", async () => {
  await using test = await startFillFirst();
  await (await test.turn()).text();
  const before = Object.keys(await metricsOf(test));
  for (const { slug: model } of CATALOGUE) {
    const headers = { "session-id": `session-of-${model}` };
    await (await test.turn({ model }, { headers })).text();
  }
  assertEquals(Object.keys(await metricsOf(test)), before);
});

Deno.test("an email is in no label", async () => {
  await using test = await startFillFirst();
  await (await test.turn()).text();
  assertEquals((await test.views())["a"]?.["email"], "a@example.test");
  const text = await (await test.admin("/admin/metrics")).text();
  assert(!text.includes("@"), text);
});
