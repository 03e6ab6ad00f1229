import { assert, assertEquals } from "@std/assert";
import { LONG_TIMER_MS, TimerWheel } from "../lib/timer_wheel.ts";
import { FakeClock } from "./support/clock.ts";
import { seeded } from "./support/random.ts";

function scene() {
  const clock = new FakeClock();
  const { elapsed } = clock.read;
  const wheel = new TimerWheel({ elapsed, after: clock.after });
  return { clock, elapsed, wheel };
}

const TIMES = [1, 20, 500, 999, 1000, 1001, 1499, 1500, 5000, 60_000, 900_000];

for (const ms of TIMES) {
  Deno.test(`a timer of ${ms} ms runs once, and then`, () => {
    const { clock, elapsed, wheel } = scene();
    const ran: number[] = [];
    clock.pass(123);
    wheel.after(ms, () => ran.push(elapsed()));
    clock.pass(ms - 1);
    assertEquals(ran, []);
    clock.pass(1);
    assertEquals(ran, [123 + ms]);
    clock.pass(2_000_000);
    assertEquals(ran.length, 1);
    assertEquals(clock.timers, 0);
  });
}

Deno.test("many long timers wait in one native timer, and none is left without them", () => {
  const { clock, wheel } = scene();
  const cancels = Array.from(
    { length: 1000 },
    (_, at) => wheel.after(LONG_TIMER_MS + at * 100, () => {}),
  );
  assertEquals(clock.timers, 1);
  for (const cancel of cancels) cancel();
  assertEquals(clock.timers, 0);
});

Deno.test("a timer that is near its end can still be cancelled, and twice", () => {
  const { clock, wheel } = scene();
  let ran = 0;
  const cancel = wheel.after(5000, () => ran++);
  clock.pass(4999);
  cancel();
  cancel();
  assertEquals(clock.timers, 0);
  clock.pass(10_000);
  assertEquals(ran, 0);
});

Deno.test("a timer of more days than a native one can have waits for them", () => {
  const { clock, elapsed, wheel } = scene();
  const ms = 30 * 24 * 3_600_000;
  const asked: number[] = [];
  const native = new TimerWheel({
    elapsed,
    after: (ms, task) => {
      asked.push(ms);
      return clock.after(ms, task);
    },
  });
  let ran = 0;
  native.after(ms, () => ran++);
  wheel.after(ms, () => ran++);
  clock.pass(ms - 1);
  assertEquals(ran, 0);
  clock.pass(1);
  assertEquals(ran, 2);
  assert(asked.every((one) => one < 2 ** 31), asked.join());
});

Deno.test("a task may set and cancel timers", () => {
  const { clock, wheel } = scene();
  const ran: string[] = [];
  const cancelB = wheel.after(2001, () => ran.push("b"));
  wheel.after(2000, () => {
    ran.push("a");
    cancelB();
    wheel.after(1000, () => ran.push("c"));
  });
  clock.pass(3000);
  assertEquals(ran, ["a", "c"]);
  assertEquals(clock.timers, 0);
});

/** Timers set and cancelled at random, against a plain list of them. */
for (let seed = 1; seed <= 20; seed++) {
  Deno.test(`timers run as they would without a wheel: seed ${seed}`, () => {
    const { int, oneIn } = seeded(seed);
    const { clock, elapsed, wheel } = scene();
    const expected = new Map<number, number>();
    const cancels = new Map<number, () => void>();
    const ran = new Map<number, number>();
    const ends: number[] = [];
    for (let step = 0; step < 500; step++) {
      const ms = int(oneIn(4) ? 900_000 : 6000);
      expected.set(step, elapsed() + ms);
      cancels.set(
        step,
        wheel.after(ms, () => {
          assert(!ran.has(step), "ran twice");
          ran.set(step, elapsed());
          ends.push(elapsed());
        }),
      );
      const other = int(step + 1);
      if (!oneIn(3)) {
        cancels.get(other)?.();
        if (!ran.has(other)) expected.delete(other);
      }
      if (oneIn(3)) clock.pass(int(3000));
    }
    clock.pass(1_000_000);
    assertEquals(new Map([...ran].sort(([a], [b]) => a - b)), expected);
    assertEquals(ends, ends.toSorted((a, b) => a - b));
    assertEquals(clock.timers, 0);
  });
}
