/** Which account serves when limits are used up, over real sockets. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { STATE_FILE } from "../../lib/accounts/state/state_keeper.ts";
import { type Reading, windowOf } from "../../lib/quota/quota.ts";
import type { QuotaOptions } from "../../lib/simulator/quota/options.ts";
import { assertNoToken } from "../support/canary.ts";
import {
  restartGateway,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";

const WEEK = 10_080;

/** Serves one request and says who did. */
async function served(
  test: TestGateway,
  { session, turn, model }: {
    readonly session?: string;
    readonly turn?: string;
    readonly model?: string;
  } = {},
): Promise<string> {
  const before = counts(test);
  const headers = {
    ...session === undefined ? {} : { "session-id": session },
    ...turn === undefined
      ? {}
      : { "x-codex-turn-metadata": JSON.stringify({ turn_id: turn }) },
  };
  const answer = await test.turn(model === undefined ? {} : { model }, {
    headers,
  });
  const text = await answer.text();
  if (!text.includes("response.completed")) return `${answer.status}`;
  const after = counts(test);
  return [...after].filter(([name, count]) => count > (before.get(name) ?? 0))
    .map(([name]) => name).join(" then ");
}

function counts(test: TestGateway): Map<string, number> {
  const found = new Map<string, number>();
  for (const { target, account } of test.simulator.requests) {
    if (account === undefined || !target.endsWith("/responses")) continue;
    found.set(account, (found.get(account) ?? 0) + 1);
  }
  return found;
}

function quotas(
  test: TestGateway,
  options: Readonly<Record<string, QuotaOptions>>,
): void {
  for (const [name, quota] of Object.entries(options)) {
    test.account(name).setQuota(quota);
  }
}

function week(used: number, more: { readonly cost?: number } = {}) {
  return { windows: [{ minutes: WEEK, used, leftMs: 86_400_000, ...more }] };
}

Deno.test("a limit of one model's family keeps the account for other models", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    flags: ["--routing-policy", "fill_first"],
  });
  const family = {
    limits: [{
      id: "codex_bengalfox",
      model: "gpt-6.2-sol",
      windows: [{ minutes: WEEK, used: 100, leftMs: 86_400_000 }],
    }],
  };
  quotas(test, { a: { ...week(10), ...family }, b: week(10) });
  assertEquals(await served(test, { model: "gpt-6.2-sol" }), "a then b");
  assertEquals(await served(test, { model: "gpt-6.2-sol" }), "b");
  assertEquals(await served(test, { model: "gpt-6.1-sol" }), "a");
});

Deno.test("a turn ends where it began although the account is used up meanwhile", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    flags: ["--routing-policy", "fill_first"],
  });
  quotas(test, { a: week(97, { cost: 2 }), b: week(10) });
  const session = crypto.randomUUID();
  const requests: string[] = [];
  let state: string | undefined;
  for (let n = 0; n < 5; n++) {
    const before = counts(test).get("a") ?? 0;
    const answer = await test.turn({}, {
      headers: {
        "session-id": session,
        "x-codex-turn-metadata": '{"turn_id":"turn-1"}',
        ...state === undefined ? {} : { "x-codex-turn-state": state },
      },
    });
    state ??= answer.headers.get("x-codex-turn-state") ?? undefined;
    await answer.text();
    requests.push((counts(test).get("a") ?? 0) > before ? "a" : "b");
  }
  assertEquals(requests, ["a", "a", "a", "a", "a"]);
  assertEquals(await served(test, { session, turn: "turn-2" }), "b");
});

Deno.test("a turn ends although another one was refused meanwhile", async () => {
  await using test = await startTestGateway({ accounts: ["a"], warm: true });
  quotas(test, { a: week(97, { cost: 2 }) });
  const session = crypto.randomUUID();
  let state: string | undefined;
  const ask = async () => {
    const answer = await test.turn({}, {
      headers: {
        "session-id": session,
        "x-codex-turn-metadata": '{"turn_id":"turn-1"}',
        ...state === undefined ? {} : { "x-codex-turn-state": state },
      },
    });
    state ??= answer.headers.get("x-codex-turn-state") ?? undefined;
    return (await answer.text()).includes("response.completed");
  };
  assertEquals([await ask(), await ask()], [true, true]);
  assertEquals(await served(test, { session: crypto.randomUUID() }), "429");
  assertEquals(
    (await test.views())["a"]?.["blocked_reason"],
    "quota_exhausted",
  );
  assert(await ask());
  assertEquals(await served(test, { session, turn: "turn-2" }), "429");
});

Deno.test("a restart keeps blocks, readings, settings and homes", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b", "c"],
    warm: true,
    flags: ["--routing-policy", "round_robin"],
  });
  quotas(test, { a: week(100), b: week(20), c: week(30) });
  const session = crypto.randomUUID();
  const home = await served(test, { session });
  await served(test);
  await served(test);
  assert(test.gateway.registry.set("c", { paused: true, keep: 7 }));
  const before = await test.views();
  await test.gateway.stop(0);

  const text = await Deno.readTextFile(join(test.dir, STATE_FILE));
  assertNoToken(text, STATE_FILE);
  for (const secret of [session, "@", '"a"', "user-", "acct"]) {
    assert(!text.includes(secret), `${secret} in ${text}`);
  }
  await using again = await restartGateway(test);
  const after = await again.views();
  for (const name of ["a", "b", "c"]) {
    assertEquals(
      [after[name]?.["blocked_reason"], after[name]?.["blocked_until"]],
      [before[name]?.["blocked_reason"], before[name]?.["blocked_until"]],
    );
    const [old, saved] = [before, after].map((views) =>
      JSON.parse(JSON.stringify(views[name]?.["quota"]))
    );
    assertEquals(saved, {
      ...old,
      source: "saved",
      observed_at: old.observed_at,
    });
  }
  assertEquals(await served(again, { session }), home.split(" then ").at(-1));
  assertEquals(again.gateway.registry.get("c")?.record.settings.keep, 7);
  assertEquals(again.gateway.registry.get("c")?.record.settings.paused, true);
});

Deno.test("a paused account gets no new turn, and the last one is asked for by name", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    flags: ["--routing-policy", "fill_first"],
  });
  const { registry } = test.gateway;
  const session = crypto.randomUUID();
  assertEquals(await served(test, { session, turn: "t1" }), "a");
  registry.set("a", { paused: true });
  assertEquals(await served(test, { session, turn: "t1" }), "a");
  assertEquals(await served(test, { session, turn: "t2" }), "b");
  registry.set("b", { paused: true });
  const answer = await test.turn();
  assertEquals(answer.status, 400);
  assertEquals((await answer.json()).error.code, "all_accounts_paused");
});

Deno.test("the highest priority serves while it can, and keep holds some back", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
  });
  quotas(test, { a: week(50, { cost: 10 }), b: week(50, { cost: 1 }) });
  const { registry } = test.gateway;
  registry.set("a", { priority: 1, keep: 25 });
  const order: string[] = [];
  for (let n = 0; n < 5; n++) order.push(await served(test));
  // 60, 70 and 80 % used: after that less than 25 % is left.
  assertEquals(order, ["a", "a", "a", "b", "b"]);
});

Deno.test("an account that only its numbers keep out is asked when no other is left", async () => {
  await using test = await startTestGateway({ accounts: ["a"], warm: true });
  quotas(test, { a: week(99, { cost: 1 }) });
  assertEquals(await served(test), "a");
  // The windows are reset ahead of time, and nothing has told of it.
  test.simulator.resetAll({ keepAnchor: true });
  assertEquals(await served(test), "a");
});

Deno.test("three fresh weeks are not all begun at once", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b", "c"],
    warm: true,
  });
  const fresh = { windows: [{ minutes: WEEK, cost: 0.01 }] };
  quotas(test, { a: fresh, b: fresh, c: fresh });
  const seen = new Set<string>();
  for (let n = 0; n < 12; n++) seen.add(await served(test));
  // All three would end together: the others begin when this one is thin.
  assertEquals(seen.size, 1, [...seen].join());
});

Deno.test("no limits are told while an account that may serve is unknown", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    flags: ["--routing-policy", "round_robin"],
  });
  quotas(test, { a: week(97), b: week(3) });
  const told = async () => {
    const answer = await test.turn();
    await answer.text();
    return answer.headers.get("x-codex-primary-used-percent");
  };
  assertEquals(await told(), null);
  assertEquals(await told(), "50");
  test.gateway.registry.set("b", { paused: true });
  assertEquals(await told(), "97");
});

Deno.test("three fresh weeks are not all begun by sessions that begin at once", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b", "c"],
    warm: true,
  });
  quotas(test, { a: week(0), b: week(0), c: week(0) });
  const { registry } = test.gateway;
  for (const { id } of registry.accounts()) {
    registry.get(id)?.learned(closedWeek());
  }
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => test.turn()),
  );
  for (const answer of answers) await answer.text();
  const began = [...counts(test).keys()];
  assertEquals(began.length, 1, began.join());
});

/** What upstream tells of a week that is not running. */
function closedWeek(): Reading {
  const [now, source] = [Date.now(), "headers"] as const;
  const resetsAt = now + WEEK * 60_000;
  const windows = [windowOf({ minutes: WEEK, used: 0, resetsAt }, now)];
  const limit = { id: "codex", name: undefined, windows, at: now, source };
  return { limits: [limit], at: now, source };
}

Deno.test("ten growing requests without a key stay on one account and session", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b", "c"],
    warm: true,
    flags: ["--routing-policy", "round_robin"],
  });
  const ask = async (opening: string, length: number) => {
    const input = Array.from({ length }, (_, n) => ({
      role: n % 2 === 0 ? "user" : "assistant",
      content: n === 0 ? opening : `text ${n}`,
    }));
    const answer = await fetch(test.url("/v1/responses"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-6.1-sol", input, stream: true }),
    });
    await answer.text();
  };
  for (let n = 0; n < 10; n++) await ask("hello", 1 + 2 * n);
  await ask("another", 1);
  const turns = test.simulator.requests.filter(({ target }) =>
    target.endsWith("/responses")
  );
  const keys = turns.map(({ account, headers }) =>
    `${account} ${headers.find(([name]) => name === "session-id")?.[1]}`
  );
  assertEquals(new Set(keys.slice(0, 10)).size, 1, keys.join("\n"));
  assert(!keys.slice(0, 10).includes(keys[10] ?? ""));
});
