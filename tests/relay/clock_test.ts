/** A clock that is set, and a machine that sleeps, while turns go on. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  pacedDeltas,
  silenceAfter,
} from "../../lib/simulator/faults/faults.ts";
import { rateLimitExceeded } from "../../lib/simulator/faults/refusals.ts";
import { Caller, said } from "../support/caller.ts";
import { FakeClock } from "../support/clock.ts";
import {
  startTestGateway,
  type TestGateway,
  type TestOptions,
} from "../support/gateway.ts";
import { assertQuiet } from "../support/quiet.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Time goes by as it does, until a test moves a clock. */
function runningClock(): FakeClock {
  return new FakeClock({ now: Date.now(), runs: true });
}

function start(
  clock: FakeClock,
  options: TestOptions = {},
): Promise<TestGateway> {
  return startTestGateway({ warm: true, ...options, runtime: clock.read });
}

Deno.test("a cooldown that was made under a clock ahead ends with it", async () => {
  const clock = runningClock();
  clock.now += 20 * MINUTE;
  await using test = await start(clock);
  test.account("a").fault(rateLimitExceeded(30 * 60));
  const refused = await test.turn();
  assertEquals(refused.status, 400);
  await refused.body?.cancel();
  assertEquals((await test.views())["a"]?.["routing_state"], "cooldown");

  clock.now -= 20 * MINUTE;
  const view = (await test.views())["a"];
  assertEquals([view?.["routing_state"], view?.["blocked_until"]], [
    "ready",
    null,
  ]);
  const served = await test.turn();
  assertStringIncludes(await served.text(), "response.completed");
  await assertQuiet(test);
});

Deno.test("a cooldown ends while the machine sleeps", async () => {
  const clock = runningClock();
  await using test = await start(clock);
  test.account("a").fault(rateLimitExceeded(30 * 60));
  await (await test.turn()).body?.cancel();
  clock.now += 31 * MINUTE;
  const served = await test.turn();
  assertStringIncludes(await served.text(), "response.completed");
  await assertQuiet(test);
});

for (const jump of [DAY, -DAY]) {
  Deno.test(`a clock that jumps by ${jump / DAY} day cuts no turn`, async () => {
    const clock = runningClock();
    await using test = await start(clock, {
      timeouts: { keepaliveMs: 10_000, idleMs: 20_000 },
    });
    test.account("a").fault(
      pacedDeltas({ count: 40, intervalMs: 10, sizeBytes: 9 }),
    );
    const response = await test.turn();
    clock.now += jump;
    const text = await response.text();
    assertStringIncludes(text, "response.completed");
    assert(!text.includes("event: keepalive"), "nobody was silent");
    const ended = test.log.find(({ message }) => message === "turn ended");
    const ms = Number(ended?.fields["ms"]);
    assert(ms >= 0 && ms < HOUR, `the turn took ${ms} ms`);
    await assertQuiet(test);
  });
}

for (const jump of [DAY, -DAY, 0]) {
  Deno.test(`a silent upstream is left in time although the clock moves by ${jump / DAY} day`, async () => {
    const clock = runningClock();
    await using test = await start(clock, { timeouts: { idleMs: 300 } });
    test.account("a").fault(silenceAfter(2));
    const startedAt = performance.now();
    const response = await test.turn({}, {
      signal: AbortSignal.timeout(20_000),
    });
    clock.now += jump;
    assertStringIncludes(await response.text(), "response.failed");
    assert(performance.now() - startedAt >= 250, "not before its time");
    await assertQuiet(test);
  });
}

const AGES: ReadonlyArray<
  readonly [what: string, wall: number, awake: number]
> = [
  ["sleep", 56 * MINUTE, 0],
  ["a clock that was turned back", -30 * DAY, 56 * MINUTE],
];

for (const [what, wallMs, awakeMs] of AGES) {
  Deno.test(`a websocket is left after 55 minutes, with ${what}`, async () => {
    const clock = runningClock();
    await using test = await start(clock, { websockets: true });
    using caller = await Caller.open(test);
    assertEquals(said(await caller.turn()), "hello");
    clock.now += wallMs;
    clock.elapsed += awakeMs;
    // As the token's own time is over as well, in one of the two.
    assertEquals(said(await caller.turn()), "hello");
    assertEquals(test.simulator.connections.length, 2);
    await assertQuiet(test);
  });
}

Deno.test("uptime is what it is, whoever sets the clock", async () => {
  const clock = runningClock();
  await using test = await start(clock);
  clock.now -= 30 * DAY;
  clock.elapsed += 90_500;
  const status = await (await test.admin("/admin/status")).json();
  assert(status.uptime_seconds >= 90 && status.uptime_seconds < 1000);
  await assertQuiet(test);
});

Deno.test("with a clock ahead of its life, a new token serves and is refreshed once", async () => {
  const clock = runningClock();
  clock.now += 30 * DAY;
  await using test = await start(clock);
  for (let turn = 0; turn < 3; turn++) {
    const served = await test.turn();
    assertStringIncludes(await served.text(), "response.completed");
  }
  assertEquals(test.account("a").refreshCount, 1);
  // The clock is set right: the token's own life counts again.
  clock.now -= 30 * DAY;
  await (await test.turn()).body?.cancel();
  assertEquals(test.account("a").refreshCount, 1);
  await assertQuiet(test);
});
