/** What a session takes, how much of it, and what it does with the rest. */
import { assert, assertEquals } from "@std/assert";
import * as faults from "../../lib/simulator/faults/faults.ts";
import * as sockets from "../../lib/simulator/faults/socket_faults.ts";
import {
  Caller,
  createFrame,
  idOf,
  said,
  say,
  withoutLimits,
} from "../support/caller.ts";
import {
  startFillFirst,
  type TestGateway,
  type TestOptions,
} from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";

const MIB = 1024 * 1024;

const BAD: readonly [what: string, text: string][] = [
  ["nothing", ""],
  ["no JSON", "hello"],
  ["half a frame", '{"type":"response.create",'],
  ["a list", "[1]"],
  ["a number", "1"],
  ["two frames", '{"type":"response.create"}{}'],
  ["deep nesting", `{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`],
  ["deep nesting without an end", `{"a":${'{"a":'.repeat(200_000)}`],
];

for (const [what, text] of BAD) {
  Deno.test(`${what} is a clear error, and the session goes on`, async () => {
    await using test = await start();
    using caller = await Caller.open(test);
    await caller.send(text);
    const event = await caller.next();
    assertEquals([event?.type, event?.["status"]], ["error", 400]);
    assertEquals(said(await caller.turn()), "hello");
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  });
}

Deno.test("a binary frame closes the session with 1003", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  await caller.sendFrame(2, new TextEncoder().encode("{}"));
  assertEquals((await caller.end())?.code, 1003);
  await assertQuiet(test);
});

Deno.test("a frame of 15 MiB passes", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  const rest = JSON.stringify(createFrame({ input: say("") })).length;
  const text = "x".repeat(15 * MIB - rest);
  await caller.send(createFrame({ input: say(text) }));
  assertEquals(said(await caller.answer()).length, text.length);
  await assertQuiet(test);
});

const TOO_LONG: readonly (readonly [what: string, text: string])[] = [
  ["in characters", "x".repeat(16 * MIB)],
  ["in bytes, with 6 Mi characters", "€".repeat(6 * MIB)],
];

for (const [what, text] of TOO_LONG) {
  // The client answers 1009 by sending the turn over HTTPS, at once.
  Deno.test(`a frame too long ${what} ends the session with 1009`, async () => {
    await using test = await start();
    using caller = await Caller.open(test);
    await caller.send(createFrame({ input: say(text) }));
    assertEquals((await caller.end())?.code, 1009);
    assertEquals(caller.texts, []);
    assertEquals(
      test.simulator.connections.flatMap(({ framesIn }) => framesIn),
      [],
    );
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  });
}

Deno.test("a long event of upstream's reaches the caller whole", async () => {
  await using test = await start();
  test.account("a").fault(sockets.largeFrame(20 * MIB, 3, 100_000));
  using caller = await Caller.open(test);
  const events = await caller.turn();
  const padding = events.find(({ type }) => type === "codex.padding");
  assertEquals(JSON.stringify(padding).length, 20 * MIB);
  assertEquals(events.at(-1)?.type, "response.completed");
  await assertQuiet(test);
});

Deno.test("events in fragments, with pings between them, come whole", async () => {
  await using test = await start();
  test.account("a").fault(sockets.fragmented(0, 4));
  using caller = await Caller.open(test);
  assertEquals(said(await caller.turn()), "hello");
  assertEquals(
    withoutLimits(caller.texts),
    withoutLimits(test.simulator.connections[0]?.framesOut),
  );
});

Deno.test("turns that come too early wait, and are answered in order", async () => {
  await using test = await start();
  test.account("a").fault(faults.silenceAfter(1, 50));
  using caller = await Caller.open(test);
  for (let turn = 0; turn < 10; turn++) {
    await caller.send(createFrame({ input: say(`turn ${turn}`) }));
  }
  for (let turn = 0; turn < 10; turn++) {
    assertEquals(said(await caller.answer()), `turn ${turn}`);
  }
  await assertQuiet(test);
});

Deno.test("more turns than anybody needs close the session", async () => {
  await using test = await start();
  test.account("a").fault(faults.silenceAfter(5));
  using caller = await Caller.open(test);
  for (let turn = 0; turn < 30; turn++) {
    await caller.send(createFrame());
  }
  assertEquals((await caller.end())?.code, 1008);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("the window ends after its time", async () => {
  await using test = await start({ timeouts: { windowMs: 50 } });
  test.account("a").fault(faults.silenceAfter(1));
  using caller = await Caller.open(test);
  await caller.send(createFrame());
  assertEquals((await caller.next())?.type, "response.created");
});

Deno.test("the window ends at 256 KiB", async () => {
  await using test = await start({ timeouts: { windowMs: 60_000 } });
  const filler = { type: "codex.filler", text: "x".repeat(120_000) };
  test.account("a").fault(faults.silenceAfter(1));
  using caller = await Caller.open(test);
  await caller.send(createFrame());
  await test.simulator.waitFor(() =>
    test.simulator.connections[0]?.framesOut.length === 1
  );
  for (let count = 0; count < 3; count++) {
    test.simulator.connections[0]?.send(JSON.stringify(filler));
  }
  const types = [];
  for (let count = 0; count < 4; count++) {
    types.push((await caller.next())?.type);
  }
  assertEquals(types, [
    "response.created",
    "codex.filler",
    "codex.filler",
    "codex.filler",
  ]);
});

for (const originator of ["codex_exec", "somebody"]) {
  const codex = originator === "codex_exec";
  Deno.test(`silence: ${originator} is ${codex ? "" : "not "}kept alive`, async () => {
    await using test = await start({
      timeouts: { windowMs: 10, keepaliveMs: 40, idleMs: 5000 },
    });
    test.account("a").fault(faults.silenceAfter(1, 150));
    using caller = await Caller.open(test, { headers: { originator } });
    const events = await caller.turn({ instructions: "x" });
    const alive = events.filter(({ type }) => type === "keepalive");
    assertEquals(alive.length > 0, codex, JSON.stringify(events));
    assertEquals(alive, alive.map(() => ({ type: "keepalive" })));
    assertEquals(said(events), "hello");
  });
}

Deno.test("a slow reader pauses upstream, and loses nothing", async () => {
  const idleMs = 2400;
  await using test = await start({ timeouts: { idleMs } });
  const count = 600;
  const sizeBytes = 100_000;
  test.account("a").fault(
    faults.pacedDeltas({ count, intervalMs: 0, sizeBytes }),
  );
  using caller = await Caller.open(test);
  await caller.send(createFrame());
  await caller.next();
  const sent = () => test.simulator.connections[0]?.framesOut.length ?? 0;
  // Everybody stops: upstream says no more while nobody reads.
  let last = -1;
  for (let same = 0; same < 16;) {
    await new Promise((resolve) => setTimeout(resolve, idleMs / 14));
    same = sent() === last ? same + 1 : 0;
    last = sent();
  }
  // What left upstream is with the sockets, or held by the gateway. (Memory of
  // the process is that of every test that runs beside this one.)
  assert(last * sizeBytes < 40 * MIB, `${last} of ${count} events were sent`);

  const events = await caller.answer();
  assertEquals(said(events).length, count * sizeBytes);
  assertEquals(events.at(-1)?.type, "response.completed");
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("a flood that upstream does not take closes the session", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  await caller.turn();
  test.simulator.connections[0]?.stopReading();
  const frame = JSON.stringify({ type: "x", padding: "x".repeat(4 * MIB) });
  const flood = (async () => {
    for (let count = 0; count < 40; count++) await caller.send(frame);
  })().catch(() => {});
  assertEquals((await caller.end())?.code, 1008);
  caller.cut();
  await flood;
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("a flood of small frames is passed on in order", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  for (let count = 0; count < 2000; count++) {
    await caller.send(`{"type":"response.processed","n":${count}}`);
  }
  assertEquals(said(await drained(caller, 2000)), "hello");
  const frames = test.simulator.connections[0]?.framesIn ?? [];
  assertEquals(frames.length, 2001);
  assertEquals(
    frames.slice(0, 2000).map((text) => JSON.parse(text).n),
    Array.from({ length: 2000 }, (_, index) => index),
  );
});

Deno.test("an upstream that is half open ends the turn, not the account", async () => {
  await using test = await start({
    accounts: ["a", "b"],
    timeouts: { idleMs: 400 },
  });
  test.account("a").fault(sockets.halfOpen(1));
  using caller = await Caller.open(test);
  assertEquals(said(await caller.turn()), "hello");
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("what is known of a prewarm belongs to its connection", async () => {
  await using test = await start();
  using one = await Caller.open(test);
  using two = await Caller.open(test);
  const prewarm = await one.turn({ generate: false });
  const [event] = await two.turn({ previous_response_id: idOf(prewarm) });
  assertEquals(event?.["status"], 400);
  const turn = await one.turn({ previous_response_id: idOf(prewarm) });
  assertEquals(said(turn), "hello");
  await assertQuiet(test);
});

/** Every one of them is refused by the simulator; the last is a turn. */
async function drained(caller: Caller, refused: number) {
  const reading = (async () => {
    for (let count = 0; count < refused; count++) {
      assertEquals((await caller.next())?.type, "error");
    }
  })();
  await reading;
  return await caller.turn();
}

function start(options: TestOptions = {}): Promise<TestGateway> {
  return startFillFirst({ accounts: ["a"], ...options });
}
