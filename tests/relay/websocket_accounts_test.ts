/** Accounts that change while a session lasts, and sessions without one. */
import { assert, assertEquals } from "@std/assert";
import * as faults from "../../lib/simulator/faults/faults.ts";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import { writeAccount } from "../support/account_files.ts";
import { Caller, type Event, idOf, said } from "../support/caller.ts";
import {
  startFillFirst,
  startTestGateway,
  type TestGateway,
  type TestOptions,
} from "../support/gateway.ts";
import { FakeClock } from "../support/clock.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";

const LATER = Date.now() + 3_600_000;
const HOUR = 3_600_000;

Deno.test("an account that is spent between turns: one start-over, then another", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  const first = await caller.turn();
  const second = await caller.turn({ previous_response_id: idOf(first) });
  assertEquals(said(second), "hello");

  // Another session finds out that it is spent.
  test.account("a").fault(
    usageLimitReached({ now: Date.now(), resetsAt: LATER }),
  );
  const other = await test.turn();
  assert((await other.text()).includes("response.completed"));

  const third = await caller.turn({ previous_response_id: idOf(second) });
  assertStartOver(third);
  using next = await Caller.open(test);
  assertEquals(said(await next.turn()), "hello");
  assertEquals(test.simulator.connections.map(({ account }) => account), [
    "a",
    "b",
  ]);
  await assertQuiet(test);
});

Deno.test("a start-over can be followed on the same connection", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  const first = await caller.turn();
  test.account("a").fault(refusals.rateLimitExceeded(30));
  assertStartOver(await caller.turn({ previous_response_id: idOf(first) }));
  const again = await caller.turn();
  assertEquals(said(again), "hello");
  const next = await caller.turn({ previous_response_id: idOf(again) });
  assertEquals(said(next), "hello");
  assertEquals(test.simulator.connections.map(({ account }) => account), [
    "a",
    "b",
  ]);
  await assertQuiet(test);
});

Deno.test("an account that is removed serves no further turn", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  const first = await caller.turn();
  const removed = await test.admin("/admin/accounts/a", {
    method: "DELETE",
    headers: { "content-type": "application/json" },
  });
  assertEquals(removed.status, 204);
  assertStartOver(await caller.turn({ previous_response_id: idOf(first) }));
  assertEquals(said(await caller.turn()), "hello");
  assertEquals(test.simulator.connections.at(-1)?.account, "b");
  await assertQuiet(test);
});

Deno.test("a token that is revoked in a session is refreshed, once", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  const first = await caller.turn();
  test.account("a").expireAccessTokens();
  test.account("a").fault(refusals.accessTokenRejected());
  assertStartOver(await caller.turn({ previous_response_id: idOf(first) }));
  using next = await Caller.open(test);
  assertEquals(said(await next.turn()), "hello");
  assertEquals(test.account("a").refreshCount, 1);
  assertEquals(test.simulator.connections.map(({ account }) => account), [
    "a",
    "a",
  ]);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("a fresh token that is rejected too: another account", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  test.account("a").fault(refusals.accessTokenRejected(), 2);
  assertEquals(said(await caller.turn()), "hello");
  assertEquals(test.simulator.connections.map(({ account }) => account), [
    "a",
    "a",
    "b",
  ]);
  assertEquals(test.account("a").refreshCount, 1);
  const { a } = await test.views();
  assertEquals(a?.["blocked_reason"], "temporarily_unavailable");
  await assertQuiet(test);
});

Deno.test("each account that rejects its token in a turn gets a fresh one", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  test.account("a").fault(refusals.accessTokenRejected(), 2);
  test.account("b").fault(refusals.accessTokenRejected());
  assertEquals(said(await caller.turn()), "hello");
  assertEquals(test.simulator.connections.map(({ account }) => account), [
    "a",
    "a",
    "b",
    "b",
  ]);
  assertEquals(test.account("b").refreshCount, 1);
  const { b } = await test.views();
  assertEquals(b?.["routing_state"], "ready");
  await assertQuiet(test);
});

Deno.test("an account that was signed out in a session: another one", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  await caller.turn();
  test.account("a").revoke();
  test.account("a").fault(refusals.accessTokenRejected());
  assertEquals(said(await caller.turn()), "hello");
  assertEquals(test.simulator.connections.at(-1)?.account, "b");
  const { a } = await test.views();
  assertEquals(a?.["routing_state"], "auth_invalid");
  await assertQuiet(test);
});

Deno.test("a connection that is too old is left between turns", async () => {
  const clock = new FakeClock({ now: Date.now(), runs: true });
  await using test = await start({
    runtime: clock.read,
    accounts: ["a"],
  });
  using caller = await Caller.open(test);
  const first = await caller.turn();
  clock.now += 54 * 60_000;
  const second = await caller.turn({ previous_response_id: idOf(first) });
  assertEquals(test.simulator.connections.length, 1);
  clock.now += 2 * 60_000;
  assertEquals(said(await caller.turn()), "hello");
  assertEquals(test.simulator.connections.length, 2);
  const third = await caller.turn();
  clock.now += HOUR;
  assertStartOver(await caller.turn({ previous_response_id: idOf(third) }));
  assertEquals(said(second), "hello");
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

interface NoAccount {
  readonly what: string;
  readonly options?: TestOptions;
  readonly fault?: faults.Fault;
  readonly status: number;
  readonly code: string;
  readonly retryAfter?: number;
}

const NO_ACCOUNTS: readonly NoAccount[] = [
  {
    what: "all are spent",
    fault: usageLimitReached({ now: Date.now(), resetsAt: LATER }),
    status: 429,
    code: "usage_limit_reached",
  },
  {
    what: "all are busy",
    fault: refusals.rateLimitExceeded(30),
    status: 429,
    code: "rate_limit_exceeded",
    retryAfter: 30,
  },
  {
    what: "there is none",
    options: { accounts: [] },
    status: 400,
    code: "no_usable_account",
  },
  {
    what: "upstream cannot be reached",
    fault: faults.connectionReset(),
    status: 503,
    code: "upstream_unreachable",
    retryAfter: 1,
  },
  {
    what: "all are spent, as the original has it",
    options: { flags: ["--unavailable=overloaded"] },
    fault: usageLimitReached({ now: Date.now(), resetsAt: LATER }),
    status: 503,
    code: "server_is_overloaded",
    retryAfter: 60,
  },
];

for (
  const { what, options = {}, fault, status, code, retryAfter } of NO_ACCOUNTS
) {
  Deno.test(`${what}: let in, and told in the first turn`, async () => {
    await using test = await start({ accounts: ["a", "b"], ...options });
    for (const account of test.simulator.accounts) {
      if (fault) account.faultAt("handshake", fault, Infinity);
    }
    using caller = await Caller.open(test);
    assertEquals(caller.status, 101);
    for (let turn = 0; turn < 2; turn++) {
      const [event, ...others] = await caller.turn();
      assertEquals(others, []);
      assertEquals([event?.type, event?.["status"]], ["error", status]);
      assert(JSON.stringify(event?.["error"]).includes(`"${code}"`));
      const error = new Map(Object.entries(event?.["error"] ?? {}));
      const resetsAt = code === "usage_limit_reached"
        ? Math.ceil(LATER / 1000)
        : undefined;
      if (resetsAt) {
        const off = Math.abs(Number(error.get("resets_at")) - resetsAt);
        assert(off <= 2, `${error.get("resets_at")}`);
      }
      const headers = new Map(Object.entries(event?.["headers"] ?? {}));
      const shown = headers.get("retry-after");
      if (retryAfter === undefined) assertEquals(shown, undefined);
      else {
        assert(/^\d+$/.test(String(shown)), `${shown}`);
        assert(Number(shown) <= retryAfter && Number(shown) > retryAfter - 20);
      }
    }
    await assertQuiet(test);
  });
}

Deno.test("an account that comes while a session waits serves it", async () => {
  await using test = await start({ accounts: [] });
  using caller = await Caller.open(test);
  assertEquals((await caller.turn())[0]?.["status"], 400);
  const account = test.simulator.addAccount({ name: "new" });
  await writeAccount(test.dir, account);
  for (let left = 500; left > 0; left--) {
    if (test.gateway.registry.get("new")) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals(said(await caller.turn()), "hello");
  await assertQuiet(test);
});

Deno.test("sessions of one key stay on one account, others spread", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b", "c"],
    warm: true,
    websockets: true,
  });
  for (const key of ["one", "two", "three"]) {
    for (let again = 0; again < 3; again++) {
      using caller = await Caller.open(test, {
        headers: { "session-id": key },
      });
      await caller.turn();
    }
  }
  const accounts = test.simulator.connections.map(({ account }) => account);
  for (let at = 0; at < 9; at += 3) {
    assertEquals(new Set(accounts.slice(at, at + 3)).size, 1);
  }
  assertEquals(new Set(accounts).size, 3);
  await assertQuiet(test);
});

function start(options: TestOptions = {}): Promise<TestGateway> {
  return startFillFirst({ accounts: ["a", "b", "c"], ...options });
}

function assertStartOver(events: readonly Event[]): void {
  assertEquals(events.length, 1, JSON.stringify(events));
  const [event] = events;
  assertEquals([event?.type, event?.["status"]], ["error", 400]);
  assert(JSON.stringify(event).includes('"previous_response_not_found"'));
}

Deno.test("a connection that upstream calls too old serves no further turn", async () => {
  await using test = await start({ accounts: ["a"] });
  using caller = await Caller.open(test);
  const first = await caller.turn();
  test.simulator.connections[0]?.expire();
  const event = await caller.next();
  assertEquals([event?.type, event?.["status"]], ["error", 400]);
  assertStartOver(await caller.turn({ previous_response_id: idOf(first) }));
  assertEquals(said(await caller.turn()), "hello");
  assertEquals(test.simulator.connections.length, 2);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});
