/** A websocket whose upstream fails after the first content, or falls silent. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as faults from "../../lib/simulator/faults/faults.ts";
import * as sockets from "../../lib/simulator/faults/socket_faults.ts";
import { Caller, said, withoutLimits } from "../support/caller.ts";
import { spentForAnHour } from "../support/faults.ts";
import { startFillFirst } from "../support/gateway.ts";
import { assertStates } from "../support/quiet.ts";
import { after, system } from "../support/system.ts";
import { assertWhole } from "../support/transports.ts";
import { type Blocked, READY, SPENT } from "./turn_faults.ts";

const accounts = ["a", "b", "c"];

/** After the first content there is no other account. */
const COMMITTED: readonly {
  readonly what: string;
  readonly fault: faults.Fault;
  readonly blocked: Blocked;
  /** The close frame; undefined: the connection stays. */
  readonly code?: number;
}[] = [
  {
    what: "a cut after a delta",
    fault: faults.cutAfter(5),
    blocked: READY,
    code: 1011,
  },
  {
    what: "a cut after the item was done",
    fault: faults.cutAfter(6),
    blocked: READY,
    code: 1011,
  },
  ...[1000, 1001, 1008, 1009, 1011, 1012, 1013, 3000, 4999].map((code) => ({
    what: `close ${code}`,
    fault: sockets.closeWith(code, "höflich", 5),
    blocked: READY,
    code,
  })),
  {
    what: "a binary frame",
    fault: sockets.binaryFrame(5),
    blocked: READY,
    code: 1003,
  },
  {
    what: "usage limit",
    fault: faults.responseFailed("usage_limit_reached", "spent", 5),
    blocked: SPENT,
  },
  {
    what: "an error",
    fault: faults.errorEvent({ message: "boom" }, { status: 500, after: 5 }),
    blocked: READY,
  },
];

for (const { what, fault, blocked, code } of COMMITTED) {
  Deno.test(`${what} after commit is passed on`, async () => {
    await using test = await startFillFirst({ accounts });
    test.account("a").fault(fault);
    using caller = await Caller.open(test);
    const events = await caller.turn();
    assertEquals(events[0]?.type, "response.created");
    const [upstream, ...others] = test.simulator.connections;
    assertEquals(others, []);
    // Upstream may have said more by the time that we left.
    const sent = withoutLimits(upstream?.framesOut);
    const got = withoutLimits(caller.texts);
    assertEquals(got, sent.slice(0, got.length));
    if (code) {
      assertEquals((await caller.end())?.code, code);
    } else {
      assertWhole(await caller.turn());
    }
    await assertStates(test, { a: blocked, b: READY, c: READY });
  });
}

Deno.test("garbage is passed on, and the turn goes on", async () => {
  await using test = await startFillFirst({ accounts });
  test.account("a").fault(sockets.garbageFrame(1));
  using caller = await Caller.open(test);
  const events = await caller.turn();
  assertEquals(events.find(({ type }) => type === "?")?.["text"], "not json");
  assertEquals(said(events), "hello");
  await assertStates(test, { a: READY, b: READY, c: READY });
});

Deno.test("silence ends the session, blaming nobody", async () => {
  await using test = await startFillFirst({
    accounts,
    timeouts: { windowMs: 20, keepaliveMs: 50, idleMs: 500 },
  });
  test.account("a").fault(faults.silenceAfter(1));
  using caller = await Caller.open(test);
  const events = await caller.turn();
  const types = events.map(({ type }) => type);
  assertEquals(types[0], "response.created");
  assert(types.includes("keepalive"), types.join());
  assertEquals(caller.closed?.code, 1011);
  await assertStates(test, { a: READY, b: READY, c: READY });
});

Deno.test("silence inside the window: the turn moves, and is not waited for twice", async () => {
  await using test = await startFillFirst({
    accounts,
    timeouts: { windowMs: 5000, keepaliveMs: 5000, idleMs: 300 },
  });
  test.account("a").fault(faults.silenceAfter(1), Infinity);
  using caller = await Caller.open(test);
  assertWhole(await caller.turn());
  assertEquals(test.simulator.connections.map(({ account }) => account), [
    "a",
    "b",
  ]);
  await assertStates(test, { a: READY, b: READY, c: READY });
});

Deno.test("every account fails in the turn: one error, and it has a status", async () => {
  await using test = await startFillFirst({ accounts });
  for (const account of test.simulator.accounts) {
    account.fault(spentForAnHour());
  }
  using caller = await Caller.open(test);
  const events = await caller.turn();
  assertEquals(events.map(({ type, status }) => [type, status]), [
    ["error", 429],
  ]);
  await assertStates(test, { a: SPENT, b: SPENT, c: SPENT });
});

Deno.test("a bug in a turn gives its lease back and ends the session", async () => {
  await using test = await startFillFirst({
    accounts,
    timeouts: { windowMs: 4321 },
    runtime: {
      after: (ms, task) => {
        if (ms === 4321) throw new Error("a bug");
        return after(ms, task);
      },
    },
  });
  using caller = await Caller.open(test);
  assertEquals(await caller.turn(), []);
  assertEquals(caller.closed?.code, 1011);
  await assertStates(test, { a: READY, b: READY, c: READY });
  const errors = test.log.filter(({ level }) => level === "error");
  assertEquals(errors.map(({ message }) => message), ["internal error"]);
});

Deno.test("a bug while a frame of upstream's is read costs that connection only", async () => {
  let isArmed = true;
  await using test = await startFillFirst({
    accounts,
    runtime: {
      elapsed: () => {
        // Asked for the time by what each frame calls.
        if (isArmed && new Error().stack?.includes("TurnWatch.heard")) {
          isArmed = false;
          throw new Error("a bug");
        }
        return system.elapsed();
      },
    },
  });
  using caller = await Caller.open(test);
  assertWhole(await caller.turn());
  assertEquals(test.simulator.connections.length, 2);
  await assertStates(test, { a: READY, b: READY, c: READY });
  const errors = test.log.filter(({ level }) => level === "error");
  assertEquals(errors.map(({ message }) => message), ["internal error"]);
  assertStringIncludes(String(errors[0]?.fields["reason"]), "a bug");
});
