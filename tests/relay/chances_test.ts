/** Who may be asked although it has just failed, and how often. */
import { assertEquals } from "@std/assert";
import type { Failure, UpstreamError } from "../../lib/failure/failure.ts";
import { MAX_GUESSES, SECOND_CHANCE_MS } from "../../lib/limits.ts";
import { Guesses } from "../../lib/relay/guesses.ts";
import { SecondChance } from "../../lib/relay/second_chance.ts";
import { account } from "../support/accounts.ts";
import { FakeClock } from "../support/clock.ts";

const answer: UpstreamError = {
  at: "answer",
  status: 503,
  headers: new Headers(),
  body: new Uint8Array(),
};
const OUTAGE: Failure = {
  kind: "unavailable",
  message: "no",
  retryAfterMs: undefined,
  answer,
};

Deno.test("Guesses are used up after three", () => {
  const guesses = new Guesses();
  for (let left = MAX_GUESSES; left > 0; left--) {
    assertEquals(guesses.areUsedUp, false);
    guesses.used();
  }
  assertEquals(guesses.areUsedUp, true);
});

for (const used of [0, MAX_GUESSES, MAX_GUESSES + 2]) {
  Deno.test(`a second chance is one more guess behind ${used}`, () => {
    const guesses = new Guesses();
    for (let n = 0; n < used; n++) guesses.used();
    guesses.oneMore();
    let more = 0;
    for (; !guesses.areUsedUp; more++) guesses.used();
    assertEquals(more, Math.max(MAX_GUESSES - used, 0) + 1);
  });
}

type Failed = readonly [id: string, failure: Failure, isGuess?: boolean];

const CHANCES: ReadonlyArray<
  [what: string, failed: readonly Failed[], id: string | undefined]
> = [
  ["nobody, if none has failed", [], undefined],
  ["the one that met an outage", [["a", OUTAGE]], "a"],
  ["the first of two", [["a", OUTAGE], ["b", OUTAGE]], "a"],
  ["nobody that was asked by a guess", [["a", OUTAGE, true]], undefined],
  ["the next that was not", [["a", OUTAGE, true], ["b", OUTAGE]], "b"],
  [
    "nobody that upstream gave a time",
    [["a", { ...OUTAGE, retryAfterMs: 1000 }]],
    undefined,
  ],
  [
    "nobody whose connection was cut",
    [["a", { kind: "transport", message: "cut" }]],
    undefined,
  ],
];

for (const [what, failed, id] of CHANCES) {
  Deno.test(`SecondChance is for ${what}`, async () => {
    const clock = new FakeClock();
    const chance = new SecondChance();
    for (const [name, failure, isGuess = false] of failed) {
      chance.failed(account(name), failure, isGuess);
    }
    const taken = chance.take(new AbortController().signal, clock);
    clock.pass(SECOND_CHANCE_MS);
    assertEquals((await taken)?.id, id);

    chance.failed(account("c"), OUTAGE, false);
    const again = chance.take(new AbortController().signal, clock);
    clock.pass(SECOND_CHANCE_MS);
    assertEquals((await again)?.id, id === undefined ? "c" : undefined);
  });
}

Deno.test("SecondChance keeps nobody waiting who has left", async () => {
  const clock = new FakeClock();
  const chance = new SecondChance();
  chance.failed(account("a"), OUTAGE, false);
  const left = new AbortController();
  const taken = chance.take(left.signal, clock);
  assertEquals(clock.timers, 1);
  left.abort();
  await taken;
  assertEquals(clock.timers, 0);
});
