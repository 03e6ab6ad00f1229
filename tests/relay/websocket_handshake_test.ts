/** A handshake that goes wrong on the first of three accounts. */
import { assertEquals } from "@std/assert";
import * as faults from "../../lib/simulator/faults/faults.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import * as sockets from "../../lib/simulator/faults/socket_faults.ts";
import { Caller } from "../support/caller.ts";
import { startFillFirst } from "../support/gateway.ts";
import { assertStates } from "../support/quiet.ts";
import { silentRuntime } from "../support/silent_runtime.ts";
import { assertWhole } from "../support/transports.ts";
import { RATE, READY, REFUSALS, STILL, type TurnFault } from "./turn_faults.ts";

const accounts = ["a", "b", "c"];

type HandshakeFault = Pick<TurnFault, "what" | "fault" | "asked" | "blocked">;

const FAULTS: readonly HandshakeFault[] = [
  // A handshake names no model; other refusals of it: blameless_test.ts.
  ...REFUSALS.filter(({ fault }) =>
    fault.kind === "status" && fault.status !== 400
  ),
  { what: "a hang", fault: faults.neverAnswers(), blocked: READY },
  { what: "a reset", fault: faults.connectionReset(), blocked: READY },
  { what: "the wrong key", fault: sockets.wrongAcceptKey(), blocked: READY },
];

for (const { what, fault, asked: serving = "ab", blocked } of FAULTS) {
  Deno.test(`${what} for a handshake: another account serves`, async () => {
    // Long enough for every answer that comes.
    const handshakeMs = fault.kind === "never_answer" ? 500 : 10_000;
    await using test = await startFillFirst({
      accounts,
      timeouts: { handshakeMs },
      runtime: STILL,
    });
    const served = serving.at(-1);
    const times = served === "a" ? 1 : Infinity;
    test.account("a").faultAt("handshake", fault, times);
    using caller = await Caller.open(test);
    assertEquals(caller.status, 101);
    assertWhole(await caller.turn());
    const [upstream] = test.simulator.connections.filter(({ framesIn }) =>
      framesIn.length > 0
    );
    assertEquals(upstream?.account, served);
    await assertStates(test, { a: blocked, b: READY, c: READY });
  });
}

Deno.test("a cut right behind the 101 is a close like any other", async () => {
  await using test = await startFillFirst({ accounts });
  test.account("a").faultAt("handshake", faults.cutAfter(0));
  using caller = await Caller.open(test);
  assertEquals((await caller.end())?.code, 1011);
  await assertStates(test, { a: READY, b: READY, c: READY });
});

Deno.test("a cut right behind the 101 of a turn's own connection", async () => {
  await using test = await startFillFirst({ accounts });
  using caller = await Caller.open(test);
  test.account("a").fault(refusals.rateLimitExceeded(30));
  test.account("b").faultAt("handshake", faults.cutAfter(0));
  assertWhole(await caller.turn());
  await assertStates(test, { a: RATE, b: READY, c: READY });
});

Deno.test("a connection that ends as it opens is tried again", async () => {
  const { connect } = silentRuntime();
  let connections = 0;
  await using test = await startFillFirst({
    accounts,
    runtime: {
      connect: async (request) => {
        const handshake = await connect(request);
        if (++connections === 2 && handshake.kind === "open") {
          handshake.socket.terminate();
          request.handlers.close(1006, "");
        }
        return handshake;
      },
    },
  });
  using caller = await Caller.open(test);
  test.account("a").fault(refusals.rateLimitExceeded(30));
  assertWhole(await caller.turn());
  assertEquals(connections, 3);
  await assertStates(test, { a: RATE, b: READY, c: READY });
});

Deno.test("426 is passed on, so that the client uses SSE", async () => {
  await using test = await startFillFirst({ accounts });
  test.account("a").faultAt("handshake", sockets.upgradeRequired());
  using caller = await Caller.open(test);
  assertEquals(caller.status, 426);
  await assertStates(test, { a: READY, b: READY, c: READY });
});

Deno.test("a handshake that hangs costs its time once", async () => {
  await using test = await startFillFirst({
    accounts,
    timeouts: { handshakeMs: 500 },
  });
  test.account("a").faultAt("handshake", faults.neverAnswers(), Infinity);
  using caller = await Caller.open(test);
  assertWhole(await caller.turn());
  assertEquals(test.simulator.requests.map(({ account }) => account), [
    "a",
    "b",
  ]);
});
