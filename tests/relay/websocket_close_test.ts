/** How sessions end, from either side and from the middle. */
import { assert, assertEquals } from "@std/assert";
import * as faults from "../../lib/simulator/faults/faults.ts";
import { Caller, createFrame, said } from "../support/caller.ts";
import {
  startFillFirst,
  type TestGateway,
  type TestOptions,
} from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { seeded } from "../support/random.ts";

Deno.test("a caller that says goodbye gets its close frame back", async () => {
  await using test = await start();
  for (const code of [1000, 1001, 3000, 4123]) {
    using caller = await Caller.open(test);
    await caller.turn();
    await caller.close(code, "bye");
    assertEquals(await caller.end(), { code, reason: "bye" });
  }
  await gone(test);
});

const MOMENTS: readonly {
  readonly what: string;
  readonly until: (caller: Caller, test: TestGateway) => Promise<unknown>;
}[] = [
  { what: "before its first turn", until: () => Promise.resolve() },
  { what: "between turns", until: (caller) => caller.turn() },
  {
    what: "before an account answered",
    until: async (caller, test) => {
      test.account("a").fault(faults.silenceAfter(0));
      await caller.send(createFrame());
      await begun(test);
    },
  },
  {
    what: "inside the window",
    until: async (caller, test) => {
      test.account("a").fault(faults.silenceAfter(1));
      await caller.send(createFrame());
      await begun(test);
    },
  },
  {
    what: "within a turn",
    until: async (caller, test) => {
      test.account("a").fault(faults.silenceAfter(5));
      await caller.send(createFrame());
      assertEquals((await caller.next())?.type, "response.created");
    },
  },
  {
    what: "while another account is looked for",
    until: async (caller, test) => {
      test.account("a").fault(faults.responseFailed("slow_down", "x"));
      test.account("b").faultAt("handshake", faults.neverAnswers());
      await caller.send(createFrame());
      await test.simulator.waitFor((requests) =>
        requests.some(({ account }) => account === "b")
      );
    },
  },
  {
    what: "with turns in the queue",
    until: async (caller, test) => {
      test.account("a").fault(faults.silenceAfter(5));
      for (let turn = 0; turn < 5; turn++) await caller.send(createFrame());
      assertEquals((await caller.next())?.type, "response.created");
    },
  },
];

for (const { what, until } of MOMENTS) {
  for (const way of ["cut", "close"]) {
    Deno.test(`a caller that leaves (${way}) ${what} leaves nothing`, async () => {
      await using test = await start({ accounts: ["a", "b"] });
      using caller = await Caller.open(test);
      await until(caller, test);
      if (way === "cut") {
        caller.cut();
      } else {
        await caller.close(1000);
        assertEquals((await caller.end())?.code, 1000);
      }
      await gone(test);
      await assertQuiet(test);
      const views = await test.views();
      assertEquals(views["b"]?.["last_error"], null);
      if (what !== "while another account is looked for") {
        assertEquals(views["a"]?.["last_error"], null);
      }
    });
  }
}

const CODES: readonly [sent: number, seen: number][] = [
  [1000, 1000],
  [1001, 1001],
  [1005, 1000],
  [1008, 1008],
  [1011, 1011],
  [1012, 1012],
  [1013, 1013],
  [3000, 3000],
  [4999, 4999],
];

for (const [sent, seen] of CODES) {
  Deno.test(`an idle upstream that closes with ${sent}: ${seen}`, async () => {
    await using test = await start();
    using caller = await Caller.open(test);
    await caller.turn();
    test.simulator.connections[0]?.closeIdle(sent, sent === 1005 ? "" : "zü");
    assertEquals(await caller.end(), {
      code: seen,
      reason: sent === 1005 ? "" : "zü",
    });
    await gone(test);
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  });
}

for (const way of ["cut", "reset"] as const) {
  Deno.test(`an idle upstream that is gone (${way}): 1011`, async () => {
    await using test = await start();
    using caller = await Caller.open(test);
    await caller.turn();
    test.simulator.connections[0]?.[way]();
    assertEquals((await caller.end())?.code, 1011);
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  });
}

Deno.test("pings of both sides are answered, and none is passed on", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  await caller.sendFrame(9, new TextEncoder().encode("hb"));
  test.simulator.connections[0]?.ping("up");
  assertEquals(said(await caller.turn()), "hello");
  const [upstream] = test.simulator.connections;
  assertEquals(upstream?.controlsIn, ["pong up"]);
  assertEquals(caller.pings, 0);
});

Deno.test("a stop ends idle sessions at once and busy ones behind their turn", async () => {
  await using test = await start();
  using idle = await Caller.open(test);
  using fresh = await Caller.open(test);
  using busy = await Caller.open(test);
  await idle.turn();
  test.account("a").fault(
    faults.pacedDeltas({ count: 12, intervalMs: 20, sizeBytes: 5 }),
  );
  await busy.send(createFrame());
  await busy.next();
  const stopped = test.gateway.stop(10_000);
  const [first] = await Promise.all([idle.end(), fresh.end()]);
  assertEquals(first, { code: 1012, reason: "gateway stopping" });
  assertEquals(fresh.closed?.code, 1012);
  assertEquals(busy.closed, undefined);
  const events = await busy.answer();
  assertEquals(events.at(-1)?.type, "response.completed");
  assertEquals((await busy.end())?.code, 1012);
  await stopped;
});

Deno.test("a stop ends a turn that outlasts its grace", async () => {
  await using test = await start();
  using busy = await Caller.open(test);
  test.account("a").fault(faults.silenceAfter(5));
  await busy.send(createFrame());
  await busy.next();
  const stopped = test.gateway.stop(50);
  assertEquals((await busy.end())?.code, 1012);
  await stopped;
  const views = test.gateway.registry.accounts().map((account) => [
    account.inFlight,
    account.history.lastError,
  ]);
  assertEquals(views, [[0, undefined]]);
});

Deno.test("a caller that answers no close frame does not hold up a stop", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  await caller.turn();
  // It reads no more: the close frame is not answered.
  await test.gateway.stop(50);
  assertEquals((await caller.end())?.code, 1012);
});

Deno.test("200 sessions that end at random moments leave nothing", async () => {
  await using test = await start({ accounts: ["a", "b", "c"] });
  const random = chance(42);
  const one = async () => {
    const moment = random();
    const way = random();
    using caller = await Caller.open(test);
    if (moment < 0.2) return;
    await caller.send(createFrame());
    if (moment < 0.4) return;
    if (moment < 0.6) {
      for (let left = Math.floor(random() * 6); left > 0; left--) {
        await caller.next();
      }
    } else {
      await caller.answer();
      if (moment > 0.8) await caller.send(createFrame());
    }
    if (way < 0.5) return;
    await caller.close(1000);
    if (way < 0.75) await caller.end();
  };
  for (let batch = 0; batch < 10; batch++) {
    await Promise.all(Array.from({ length: 20 }, one));
  }
  await gone(test);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
  assertEquals(test.log.filter(({ level }) => level === "error"), []);
  assert(test.simulator.connections.length > 100);
});

function start(options: TestOptions = {}): Promise<TestGateway> {
  return startFillFirst({ accounts: ["a"], ...options });
}

/** Resolves when an upstream connection has the turn's frame. */
function begun({ simulator }: TestGateway): Promise<void> {
  return simulator.waitFor(() =>
    simulator.connections.some(({ framesIn }) => framesIn.length > 0)
  );
}

/** Every upstream connection is closed. */
async function gone({ simulator }: TestGateway): Promise<void> {
  await simulator.waitFor(() =>
    simulator.connections.every(({ closed }) => closed)
  );
}

/** Numbers in [0, 1). */
function chance(seed: number): () => number {
  const { int } = seeded(seed);
  return () => int(1_000_000) / 1_000_000;
}
