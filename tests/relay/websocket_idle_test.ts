/**
 * A held websocket may be dead without anybody having said so: a router forgot
 * it, or this machine has slept.
 */
import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { momentOf } from "../../lib/clock.ts";
import { isDoubtful } from "../../lib/relay/websocket/alive.ts";
import type { Timeouts } from "../../lib/relay/attempt.ts";
import { Caller, createFrame, said, say } from "../support/caller.ts";
import { FakeClock } from "../support/clock.ts";
import { DEADLINE } from "../support/deadline.ts";
import { frame, OPCODE } from "../support/frames.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet, idle } from "../support/quiet.ts";
import { type Peer, rawServer } from "../support/raw_websocket.ts";

const MINUTE_MS = 60_000;

const SILENCES: readonly (readonly [number, boolean])[] = [
  [0, false],
  [30_000, false],
  [30_001, true],
  [54 * MINUTE_MS, true],
  [-1, true],
];

for (const [silentMs, doubtful] of SILENCES) {
  Deno.test(`a websocket that was silent for ${silentMs} ms is ${doubtful ? "" : "not "}asked`, () => {
    const clock = new FakeClock();
    const usedAt = momentOf(clock.read);
    clock.now += silentMs;
    assertEquals(isDoubtful(usedAt, clock.read, { doubtMs: 30_000 }), doubtful);
  });
}

/** What a peer of the upstream does, connection by connection. */
type Behaviour = "answers" | "falls silent" | "hangs up" | "answers no ping";

interface Scene extends AsyncDisposable {
  readonly test: TestGateway;
  /** What each connection was sent besides turns. */
  readonly pings: readonly number[];
  readonly connections: () => number;
  /** Resolves when an upstream that is not quite there has been pinged. */
  readonly pinged: Promise<void>;
  /** Moves the clock of the gateway. */
  readonly jump: (ms: number) => void;
}

/** The first connection behaves behind its first turn, later ones answer. */
async function scene(
  first: Behaviour,
  timeouts: Partial<Timeouts> = {},
): Promise<Scene> {
  const pings: number[] = [];
  const pinged = Promise.withResolvers<void>();
  let connections = 0;
  const clock = new FakeClock({ now: Date.now(), runs: true });
  const server = rawServer(async (peer) => {
    const number = connections++;
    pings[number] = 0;
    const behaviour = number === 0 ? first : "answers";
    await peer.accept();
    for (let turn = 0;; turn++) {
      while (true) {
        const said = await peer.read();
        if (said === undefined) return;
        if (said.opcode === OPCODE.text) break;
        if (said.opcode !== OPCODE.ping) continue;
        pings[number]++;
        if (behaviour === "answers") {
          await peer.write(frame(OPCODE.pong, said.payload));
          continue;
        }
        pinged.resolve();
        if (behaviour === "hangs up") return;
      }
      // Half open: what was sent is lost, and nobody says so.
      if (turn > 0 && behaviour === "falls silent") continue;
      await answer(peer, `c${number}t${turn}`);
    }
  });
  const test = await startTestGateway({
    warm: true,
    upstream: `http://127.0.0.1:${server.port}`,
    timeouts,
    runtime: clock.read,
  });
  return {
    test,
    pings,
    connections: () => connections,
    pinged: pinged.promise,
    jump: (ms) => clock.now += ms,
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function answer(peer: Peer, name: string): Promise<void> {
  const response = { id: `resp_${name}` };
  const events = [
    { type: "response.created", response },
    { type: "response.output_text.delta", delta: name },
    { type: "response.completed", response },
  ];
  await peer.write(
    concat(events.map((event) => frame(OPCODE.text, JSON.stringify(event)))),
  );
}

/**
 * A caller whose first turn is answered and who then says nothing for `ms`:
 * by default long enough for the gateway to doubt the upstream.
 */
async function silentCaller(upstream: Scene, ms = 31_000): Promise<Caller> {
  const caller = await Caller.open(upstream.test);
  assertEquals(said(await caller.turn()), "c0t0");
  upstream.jump(ms);
  return caller;
}

for (const ms of [31_000, 54 * MINUTE_MS, -60 * MINUTE_MS]) {
  Deno.test(
    `a websocket that answers is used again after ${ms} ms`,
    DEADLINE,
    async () => {
      await using upstream = await scene("answers");
      using caller = await silentCaller(upstream, ms);
      assertEquals(said(await caller.turn(built("resp_c0t0"))), "c0t1");
      assertEquals(said(await caller.turn(built("resp_c0t1"))), "c0t2");
      // Asked once: what was just heard is alive.
      assertEquals(upstream.pings, [1]);
      await leave(caller, upstream.test);
    },
  );
}

Deno.test("a websocket in use is asked nothing", DEADLINE, async () => {
  await using upstream = await scene("answers");
  using caller = await Caller.open(upstream.test);
  for (let turn = 0; turn < 5; turn++) {
    assertEquals(said(await caller.turn()), `c0t${turn}`);
    upstream.jump(29_000);
  }
  assertEquals(upstream.pings, [0]);
  await leave(caller, upstream.test);
});

Deno.test(
  "a websocket that waited for its first turn is asked, too",
  DEADLINE,
  async () => {
    await using upstream = await scene("answers");
    using caller = await Caller.open(upstream.test);
    upstream.jump(MINUTE_MS);
    assertEquals(said(await caller.turn()), "c0t0");
    assertEquals(upstream.pings, [1]);
    await leave(caller, upstream.test);
  },
);

const DEAD = ["falls silent", "answers no ping", "hangs up"] as const;

for (const behaviour of DEAD) {
  Deno.test(
    `a turn with its whole history moves silently from an upstream that ${behaviour}`,
    DEADLINE,
    async () => {
      await using upstream = await scene(behaviour, { pongMs: 50 });
      using caller = await silentCaller(upstream);
      const events = await caller.turn();
      assertEquals(said(events), "c1t0");
      assertEquals(events.map(({ type }) => type), [
        "response.created",
        "response.output_text.delta",
        "response.completed",
      ]);
      assertEquals(upstream.pings, [1, 0]);
      const isTold = upstream.test.log.some(({ message }) =>
        message === "a held websocket is dead"
      );
      // Who hangs up has said so, perhaps before it was missed.
      assert(isTold || behaviour === "hangs up");
      await leave(caller, upstream.test);
    },
  );

  Deno.test(
    `a turn that builds on another starts over where upstream ${behaviour}`,
    DEADLINE,
    async () => {
      await using upstream = await scene(behaviour, { pongMs: 50 });
      using caller = await silentCaller(upstream);
      const [event] = await caller.turn(built("resp_c0t0"));
      assertEquals(event?.type, "error");
      assertEquals(event?.["status"], 400);
      assert(
        JSON.stringify(event).includes("previous_response_not_found"),
        JSON.stringify(event),
      );
      // As the official client goes on from there, on the same connection.
      assertEquals(said(await caller.turn()), "c1t0");
      await leave(caller, upstream.test);
    },
  );
}

Deno.test(
  "a caller that leaves while upstream is asked leaves nothing",
  DEADLINE,
  async () => {
    await using upstream = await scene("falls silent");
    using caller = await silentCaller(upstream);
    await caller.send(createFrame());
    await upstream.pinged;
    caller.cut();
    await idle(upstream.test);
    await assertQuiet(upstream.test);
    await assertNobodyBlamed(upstream.test);
    assertEquals(upstream.connections(), 1);
  },
);

Deno.test(
  "a stop while upstream is asked ends the session",
  DEADLINE,
  async () => {
    await using upstream = await scene("falls silent");
    using caller = await silentCaller(upstream);
    await caller.send(createFrame());
    await upstream.pinged;
    await upstream.test.gateway.stop(0);
    assertEquals((await caller.end())?.code, 1012);
  },
);

function built(previous: string) {
  return { previous_response_id: previous, input: say("on") };
}

async function leave(caller: Caller, test: TestGateway): Promise<void> {
  await caller.close(1000);
  await caller.end();
  await assertQuiet(test);
  await assertNobodyBlamed(test);
}
