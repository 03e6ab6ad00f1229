import { assert, assertEquals, assertMatch } from "@std/assert";
import * as faults from "../../lib/simulator/faults/faults.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import { refreshServerError } from "../../lib/simulator/faults/token_faults.ts";
import { writeAccount } from "../support/account_files.ts";
import { Caller, createFrame } from "../support/caller.ts";
import { FakeClock } from "../support/clock.ts";
import { spentForAnHour } from "../support/faults.ts";
import { startFillFirst } from "../support/gateway.ts";
import { leaveUnanswered, statusOf, statusWhen } from "../support/status.ts";

const NO_TURNS = {
  total: 0,
  completed: 0,
  failed: 0,
  rejected: 0,
  caller_gone: 0,
  started_over: 0,
  open: 0,
};

const NO_ACCOUNTS = {
  total: 0,
  cold: 0,
  ready: 0,
  warming: 0,
  cooldown: 0,
  risk_controlled: 0,
  temporarily_unavailable: 0,
  auth_invalid: 0,
  duplicate: 0,
};

Deno.test("GET /admin/status tells of a gateway that has done nothing", async () => {
  await using test = await startFillFirst({ warm: false });
  const answer = await test.admin("/admin/status");
  assertEquals(answer.headers.get("content-type"), "application/json");
  const { started_at, uptime_seconds, memory, health, ...rest } = await answer
    .json();
  assertEquals(rest, {
    version: "0.0.0-test",
    codex_version: "0.171.0",
    turns: NO_TURNS,
    failovers: 0,
    refreshes: { total: 0, failed: 0 },
    streams: { sse: 0, websocket: 0 },
    bodies: { held_bytes: 0, limit_bytes: 536_870_912, refused: 0 },
    accounts: { ...NO_ACCOUNTS, total: 2, cold: 2 },
    routing_policy: "fill_first",
    request_forms: {},
    accounts_dir: await Deno.realPath(test.dir),
  });
  assertMatch(started_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert(Number.isInteger(uptime_seconds) && uptime_seconds >= 0);
  assert(memory.rss_bytes > memory.heap_used_bytes);
  assert(memory.heap_used_bytes > 1_000_000);
  assertEquals(Object.keys(health), [
    "ok",
    "problems",
    "problem_kinds",
    "ports",
    "longest_stall_ms",
    "recent_stall_ms",
    "descriptors",
    "memory_limit_bytes",
    "uncaught",
  ]);
});

Deno.test("uptime and memory are the runtime's", async () => {
  const now = Date.parse("2026-11-22T10:00:00.250Z");
  const clock = new FakeClock({ now });
  await using test = await startFillFirst({
    runtime: {
      ...clock.read,
      memory: () => ({ rss: 61_000_000, heapUsed: 9_000_000 }),
    },
  });
  clock.now += 90_999;
  const status = await statusOf(test);
  assertEquals(status.started_at, "2026-11-22T10:00:00.250Z");
  assertEquals(status.uptime_seconds, 90);
  assertEquals(status.memory, {
    rss_bytes: 61_000_000,
    heap_used_bytes: 9_000_000,
  });
});

interface Case {
  readonly what: string;
  readonly faults: Readonly<Record<string, faults.Fault>>;
  readonly turns: Partial<typeof NO_TURNS>;
  readonly failovers: number;
  /** Over a websocket, where it differs. */
  readonly overWebsocket?: Partial<typeof NO_TURNS>;
}

const CASES: readonly Case[] = [
  {
    what: "a good turn",
    faults: {},
    turns: { completed: 1 },
    failovers: 0,
  },
  {
    what: "a turn that ends incomplete",
    faults: { a: faults.responseIncomplete("max_output_tokens") },
    turns: { completed: 1 },
    failovers: 0,
  },
  {
    what: "a turn that the second account serves",
    faults: { a: faults.responseFailed("server_error", "it is down") },
    turns: { completed: 1 },
    failovers: 1,
  },
  {
    what: "a turn that no account can serve",
    faults: {
      a: faults.responseFailed("rate_limit_exceeded", "slow"),
      b: faults.responseFailed("rate_limit_exceeded", "slow"),
    },
    turns: { failed: 1 },
    failovers: 1,
  },
  {
    what: "a turn that has a second chance",
    faults: {
      a: faults.responseFailed("server_error", "it is down"),
      b: faults.responseFailed("server_error", "it is down"),
    },
    turns: { completed: 1 },
    failovers: 2,
  },
  {
    what: "a turn that breaks off",
    faults: { a: faults.responseFailed("server_error", "it is down", 6) },
    turns: { failed: 1 },
    failovers: 0,
  },
  {
    what: "a turn that upstream will not have",
    faults: {
      a: faults.responseFailed("context_length_exceeded", "too long"),
    },
    turns: { rejected: 1 },
    failovers: 0,
  },
];

for (const { what, faults, turns, failovers } of CASES) {
  Deno.test(`${what} is counted as such`, async () => {
    await using test = await startFillFirst();
    for (const [name, fault] of Object.entries(faults)) {
      test.account(name).fault(fault);
    }
    await (await test.turn()).text();
    const status = await statusOf(test);
    assertEquals(status.turns, { ...NO_TURNS, total: 1, ...turns });
    assertEquals(status.failovers, failovers);
  });

  Deno.test(`${what} is counted as such over a websocket`, async () => {
    await using test = await startFillFirst();
    using caller = await Caller.open(test);
    for (const [name, fault] of Object.entries(faults)) {
      test.account(name).fault(fault);
    }
    await caller.turn();
    const status = await statusOf(test);
    assertEquals(status.turns, { ...NO_TURNS, total: 1, ...turns });
    assertEquals(status.failovers, failovers);
  });
}

Deno.test("an open turn is open until its caller leaves", async () => {
  await using test = await startFillFirst();
  test.account("a").fault(faults.silenceAfter(3));
  const controller = new AbortController();
  const answer = await test.turn({}, { signal: controller.signal });
  const open = await statusOf(test);
  assertEquals(open.turns, { ...NO_TURNS, total: 1, open: 1 });
  assertEquals(open.streams, { sse: 1, websocket: 0 });

  const body = answer.text().catch(() => "left");
  controller.abort();
  assertEquals(await body, "left");
  const left = await statusWhen(test, ({ turns }) => turns.open === 0);
  assertEquals(left.turns, { ...NO_TURNS, total: 1, caller_gone: 1 });
  assertEquals(left.streams, { sse: 0, websocket: 0 });
});

Deno.test("a caller that leaves before there is an answer has left", async () => {
  await using test = await startFillFirst();
  const left = await leaveUnanswered(test);
  assertEquals(left.turns, { ...NO_TURNS, total: 1, caller_gone: 1 });
});

Deno.test("a websocket is open with or without a turn", async () => {
  await using test = await startFillFirst();
  {
    using caller = await Caller.open(test);
    assertEquals((await statusOf(test)).streams, { sse: 0, websocket: 1 });
    await caller.turn();
    await caller.turn();
    test.account("a").fault(faults.silenceAfter(3));
    await caller.send(createFrame());
    const open = await statusWhen(test, ({ turns }) => turns.open === 1);
    assertEquals(open.turns, {
      ...NO_TURNS,
      total: 3,
      completed: 2,
      open: 1,
    });
  }
  const { turns, streams } = await statusWhen(
    test,
    (status) => status.streams.websocket === 0,
  );
  assertEquals(turns, {
    ...NO_TURNS,
    total: 3,
    completed: 2,
    caller_gone: 1,
  });
  assertEquals(streams, { sse: 0, websocket: 0 });
});

Deno.test("turns that wait for the one before them are all counted", async () => {
  await using test = await startFillFirst();
  using caller = await Caller.open(test);
  for (let left = 3; left > 0; left--) await caller.send(createFrame());
  for (let left = 3; left > 0; left--) await caller.answer();
  const { turns } = await statusOf(test);
  assertEquals(turns, { ...NO_TURNS, total: 3, completed: 3 });
});

Deno.test("a turn that has to start over is counted as such", async () => {
  await using test = await startFillFirst();
  using caller = await Caller.open(test);
  const first = await caller.turn();
  const id = JSON.parse(JSON.stringify(first.at(-1))).response.id;
  test.account("a").fault(spentForAnHour(), Infinity);
  await caller.turn({ previous_response_id: id });
  const { turns, failovers } = await statusOf(test);
  assertEquals(turns, {
    ...NO_TURNS,
    total: 2,
    completed: 1,
    started_over: 1,
  });
  assertEquals(failovers, 0);
});

Deno.test("a caller that leaves while an account is looked for has left", async () => {
  await using test = await startFillFirst();
  {
    using caller = await Caller.open(test);
    test.account("a").fault(spentForAnHour(), Infinity);
    test.account("b").faultAt("handshake", faults.neverAnswers());
    await caller.send(createFrame());
    await statusWhen(test, ({ failovers }) => failovers === 1);
  }
  const { turns } = await statusWhen(test, ({ turns }) => turns.open === 0);
  assertEquals(turns, { ...NO_TURNS, total: 1, caller_gone: 1 });
});

Deno.test("a turn without an answer is ended by a stop, not by its caller", async () => {
  await using test = await startFillFirst();
  test.account("a").fault(faults.neverAnswers());
  const answer = test.turn();
  await statusWhen(test, ({ turns }) => turns.open === 1);
  await test.gateway.stop(0);
  assertEquals((await answer).status, 503);
  await (await answer).body?.cancel();
  const [line] = test.log.filter(({ message }) => message === "turn ended");
  assertEquals(line?.fields["outcome"], "failed");
});

Deno.test("a stop ends open turns in the count, too", async () => {
  await using test = await startFillFirst();
  test.account("a").fault(faults.silenceAfter(3), 2);
  using caller = await Caller.open(test);
  await caller.send(createFrame());
  const answer = await test.turn();
  await statusWhen(test, ({ turns }) => turns.open === 2);
  await test.gateway.stop(0);
  await answer.text();
  await caller.end();
  const ended = test.log.filter(({ message }) => message === "turn ended");
  assertEquals(ended.map(({ fields }) => fields["outcome"]), [
    "failed",
    "failed",
  ]);
});

Deno.test("what is no turn is not counted as one", async () => {
  await using test = await startFillFirst();
  await (await fetch(test.url("/v1/models"))).text();
  await (await fetch(test.url("/v1/responses"), { method: "POST" })).text();
  const { turns } = await statusOf(test);
  assertEquals(turns, NO_TURNS);
});

Deno.test("refreshes are counted, and those that failed", async () => {
  await using test = await startFillFirst({ warm: false });
  test.account("a").faultAt("token", refreshServerError());
  await (await test.turn()).text();
  const { refreshes, failovers, accounts } = await statusOf(test);
  assertEquals(refreshes, { total: 2, failed: 1 });
  assertEquals(failovers, 1);
  assertEquals(accounts, {
    ...NO_ACCOUNTS,
    total: 2,
    ready: 1,
    temporarily_unavailable: 1,
  });
});

Deno.test("a cooldown is seen among the accounts", async () => {
  await using test = await startFillFirst();
  test.account("a").fault(refusals.rateLimitExceeded(30));
  await (await test.turn()).text();
  const { accounts } = await statusOf(test);
  assertEquals(accounts, { ...NO_ACCOUNTS, total: 2, ready: 1, cooldown: 1 });
});

Deno.test("a duplicate is no account that is ready", async () => {
  await using test = await startFillFirst();
  const twin = test.simulator.addAccount({
    name: "twin",
    accountId: "acct-a",
    userId: "user-a",
  });
  await writeAccount(test.dir, twin, {
    access_token: twin.issueAccessToken(),
  });
  const { accounts } = await statusWhen(
    test,
    ({ accounts }) => accounts["total"] === 3,
  );
  assertEquals(accounts, { ...NO_ACCOUNTS, total: 3, ready: 2, duplicate: 1 });
});

Deno.test("status and metrics are read, not written", async () => {
  await using test = await startFillFirst();
  for (const path of ["/admin/status", "/admin/metrics"]) {
    const answer = await test.admin(path, { method: "POST" });
    await answer.body?.cancel();
    assertEquals([answer.status, answer.headers.get("allow")], [405, "GET"]);
    const head = await test.admin(path, { method: "HEAD" });
    assertEquals([head.status, await head.text()], [200, ""]);
  }
});
