import { assert, assertEquals } from "@std/assert";
import { type Random, seeded } from "../support/random.ts";
import {
  neverAnswers,
  pacedDeltas,
  silenceAfter,
  slowHead,
} from "../../lib/simulator/faults/faults.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { type RawExchange, RawUpstream } from "../support/raw_upstream.ts";
import { CREATED, DELTA } from "../support/turns.ts";

/** Upstream has seen the end of every request that had reached it. */
function nothingOpen(test: TestGateway): Promise<void> {
  return test.simulator.waitFor((requests) =>
    requests.every(({ aborted, finished }) => aborted || finished)
  );
}

/** A turn whose caller leaves when told to, if it is not over by then. */
async function turnUntil(
  test: TestGateway,
  signal: AbortSignal,
  onAnswer: () => void = () => {},
): Promise<"left early" | "left late" | "completed"> {
  let answered = false;
  try {
    const response = await test.turn({}, { signal });
    answered = true;
    onAnswer();
    const text = await response.text();
    assert(text.includes("response.completed"), text);
    return "completed";
  } catch (error) {
    if (!signal.aborted) throw error;
    return answered ? "left late" : "left early";
  }
}

/** Leaves at once, at any time, at the answer, or within it. */
async function hangUp(
  test: TestGateway,
  random: Random,
): Promise<"left early" | "left late" | "completed"> {
  const controller = new AbortController();
  const leave = () => controller.abort();
  const timers: ReturnType<typeof setTimeout>[] = [];
  const leaveIn = (ms: number) => {
    timers.push(setTimeout(leave, ms));
  };
  let onAnswer = () => {};
  const moment = random.int(4);
  const ms = random.int(moment === 0 ? 10 : moment === 1 ? 700 : 100);
  await pause(random.int(1200));
  if (moment < 2) leaveIn(ms);
  if (moment === 2) onAnswer = leave;
  if (moment === 3) onAnswer = () => leaveIn(ms);
  const end = await turnUntil(test, controller.signal, onAnswer);
  for (const timer of timers) clearTimeout(timer);
  return end;
}

for (const seed of [1, 2]) {
  Deno.test(`200 callers that hang up leave nothing behind (${seed})`, async () => {
    const random = seeded(seed);
    await using test = await startTestGateway({
      accounts: ["a", "b", "c", "d"],
      flags: ["--routing-policy=round_robin"],
    });
    for (const account of test.simulator.accounts) {
      account.faultAt("token", slowHead(80), Infinity);
      for (let n = 0; n < 15; n++) {
        account.fault(slowHead(200));
        account.fault(silenceAfter(1, 150));
        account.fault(
          pacedDeltas({ count: 60, intervalMs: 8, sizeBytes: 100 }),
          2,
        );
      }
    }
    const ends = await Promise.all(
      Array.from({ length: 200 }, () => hangUp(test, random)),
    );
    await nothingOpen(test);
    await assertQuiet(test);
    await assertNobodyBlamed(test);
    const count = (end: string) => ends.filter((one) => one === end).length;
    assert(count("left early") > 5, "too few left before their answer");
    assert(count("left late") > 5, "too few left within their answer");
    assert(test.simulator.requests.some(({ aborted }) => aborted));
    assertEquals(
      test.simulator.accounts.map(({ refreshCount }) => refreshCount),
      [1, 1, 1, 1],
      "a refresh is finished for whoever comes next, and not repeated",
    );
  });
}

Deno.test("a caller that leaves before the head aborts upstream", async () => {
  await using test = await startTestGateway({ warm: true });
  test.account("a").fault(neverAnswers());
  const controller = new AbortController();
  const turn = turnUntil(test, controller.signal);
  await test.simulator.waitFor(([first]) => (first?.body.length ?? 0) > 0);
  controller.abort();
  assertEquals(await turn, "left early");
  await test.simulator.waitFor(([first]) => first?.aborted ?? false);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
  assertEquals(test.simulator.requests.length, 1);
});

Deno.test("a caller that leaves between two tries starts no other", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    timeouts: { transportRetryMs: [60_000] },
  });
  for (const account of test.simulator.accounts) {
    account.fault({ kind: "reset" }, Infinity);
  }
  const controller = new AbortController();
  const turn = turnUntil(test, controller.signal);
  await test.simulator.waitFor((requests) =>
    requests.some(({ body }) => body.length > 0)
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  controller.abort();
  assertEquals(await turn, "left early");
  await assertQuiet(test);
  assertEquals(test.simulator.requests.length, 1);
});

/** Moments at which upstream, too, does something. */
const MOMENTS: ReadonlyArray<
  [
    what: string,
    answer: (exchange: RawExchange, leave: () => void) => Promise<void>,
  ]
> = [
  ["the head comes", async (exchange, leave) => {
    leave();
    await exchange.begin();
    await exchange.left;
  }],
  ["the turn is committed", async (exchange, leave) => {
    await exchange.begin();
    await exchange.chunk(CREATED);
    leave();
    await exchange.chunk(DELTA);
    await exchange.left;
  }],
  ["a connection is cut", async (exchange, leave) => {
    await exchange.begin();
    await exchange.chunk(DELTA);
    leave();
    exchange.cut();
  }],
];

for (const [what, answer] of MOMENTS) {
  Deno.test(`a caller that leaves as ${what} gives its place back`, async () => {
    let leave = () => {};
    await using upstream = new RawUpstream((exchange) =>
      answer(exchange, () => leave())
    );
    await using test = await startTestGateway({
      warm: true,
      upstream: upstream.url,
    });
    // Chance decides which of the two comes first: it has many.
    for (let round = 0; round < 60; round++) {
      const controller = new AbortController();
      leave = () => {
        if (round % 3 === 0) queueMicrotask(() => controller.abort());
        else if (round % 3 === 1) setTimeout(() => controller.abort(), 0);
        else setTimeout(() => controller.abort(), 1);
      };
      await turnUntil(test, controller.signal).catch(() => {});
    }
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
