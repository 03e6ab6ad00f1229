/** The simulated year: its demand, its windows, its options and its goals. */
import { assert, assertEquals } from "@std/assert";
import { POLICY_NAMES } from "../../lib/policy/input.ts";
import { LOADS, POOL_NAMES, POOLS, SEEDS } from "../../scripts/year/cases.ts";
import { demandOf } from "../../scripts/year/demand.ts";
import { missedGoals } from "../../scripts/year/goals.ts";
import { Meter } from "../../scripts/year/meter.ts";
import { readOptions } from "../../scripts/year/options.ts";
import { play } from "../../scripts/year/play.ts";
import { Queue } from "../../scripts/year/queue.ts";
import { playAll, type Row } from "../../scripts/year/run.ts";
import { figuresTable, refusedTable } from "../../scripts/year/table.ts";
import { DAY, HOUR, MINUTE } from "../../scripts/year/time.ts";
import { seeded } from "../support/random.ts";

const DEMAND = demandOf({ seed: 21, allowance: 3, load: 0.8 });

Deno.test("the demand is what its seed says", () => {
  const sum = (of: (request: typeof DEMAND[number]) => number) =>
    DEMAND.reduce((all, request) => all + of(request), 0);
  assertEquals({
    requests: DEMAND.length,
    sessions: new Set(DEMAND.map(({ session }) => session)).size,
    warm: Math.round(sum(({ warm }) => warm)),
    cold: Math.round(sum(({ cold }) => cold)),
    hours: Math.round(sum(({ takes }) => takes) / HOUR),
    first: Math.round((DEMAND[0]?.at ?? 0) / MINUTE),
  }, DEMAND_OF_21);
  const isSorted = DEMAND.every(({ at }, index) =>
    at >= (DEMAND[index - 1]?.at ?? 0)
  );
  assert(isSorted);
});

const DEMAND_OF_21 = {
  requests: 66_879,
  sessions: 2589,
  warm: 124,
  cold: 752,
  hours: 658,
  first: 569,
};

Deno.test("half a year ends the same way twice, and quota loses less than fill_first", () => {
  const [quota = 1, fillFirst = 0] = (["quota", "fill_first"] as const).map(
    (policy) => {
      const options = { policy, stickiness: "session", seed: 21 } as const;
      const once = play(DEMAND, POOLS.weekly3, { ...options, weeks: 26 });
      const twice = play(DEMAND, POOLS.weekly3, { ...options, weeks: 26 });
      assertEquals(once, twice);
      return once.refused;
    },
  );
  assert(quota < 0.8 * fillFirst, `${quota} and ${fillFirst}`);
});

Deno.test("without affinity a short year costs far more", () => {
  const options = { policy: "least_in_flight", seed: 21, weeks: 4 } as const;
  const [session, none] = (["session", "none"] as const).map((stickiness) =>
    play(DEMAND, POOLS.weekly3, { ...options, stickiness })
  );
  assert((none?.extra ?? 0) > 5 * (session?.extra ?? 0));
  assert((none?.moves ?? 0) > 100);
});

Deno.test("a meter runs from its first use, and loses what is left", () => {
  const meter = new Meter({ allowance: 2, length: DAY });
  assertEquals(meter.reading(0).running, false);
  meter.charge(HOUR, 0.5);
  assertEquals(meter.reading(2 * HOUR), {
    class: "week",
    minutes: 24 * 60,
    used: 25,
    resetsAt: DAY + HOUR,
    running: true,
  });
  meter.charge(3 * HOUR, 1.49);
  assertEquals(meter.reading(3 * HOUR).used, 99);
  assert(!meter.isSpent(3 * HOUR));
  meter.charge(4 * HOUR, 0.02);
  assert(meter.isSpent(4 * HOUR));
  assertEquals(meter.reading(DAY + HOUR).used, 0);
  assertEquals(meter.unused, 0);
  meter.charge(DAY + 3 * HOUR, 0.5);
  assertEquals(meter.reading(3 * DAY).running, false);
  const { unused, opened, stood } = meter;
  assertEquals({ unused, opened, stood }, {
    unused: 1.5,
    opened: 4,
    stood: 3 * HOUR,
  });
});

Deno.test("a queue gives back what is due, soonest first", () => {
  const random = seeded(1);
  const queue = new Queue<{ readonly at: number }>();
  const times = Array.from({ length: 500 }, () => random.int(100));
  for (const at of times) queue.add({ at });
  const taken: number[] = [];
  for (const now of [-1, 30, 99]) {
    while (true) {
      const item = queue.takeDue(now);
      if (item === undefined) break;
      assert(item.at <= now);
      taken.push(item.at);
    }
  }
  assertEquals(taken, times.toSorted((a, b) => a - b));
});

const WRONG: readonly (readonly [args: readonly string[], error: string])[] = [
  [["--seeds", "21,x"], 'Cannot use --seeds "x"'],
  [["--seeds=21,"], 'Cannot use --seeds ""'],
  [["--pools", "plus4"], 'Cannot use --pools "plus4"'],
  [["--loads", "0"], 'Cannot use --loads "0"'],
  [["--policies", "random"], 'Cannot use --policies "random"'],
  [["--stickiness", "turn"], 'Cannot use --stickiness "turn"'],
  [["--seed", "1"], 'Cannot use "--seed"'],
  [["fast"], 'Cannot use "fast"'],
  [["--help"], ""],
];

for (const [args, error] of WRONG) {
  Deno.test(`readOptions() refuses ${args.join(" ")}`, () => {
    assertEquals(readOptions(args), { ok: false, error });
  });
}

Deno.test("readOptions() plays everything unless it is told less", () => {
  assertEquals(readOptions([]), {
    ok: true,
    value: {
      seeds: SEEDS,
      pools: POOL_NAMES,
      loads: LOADS,
      policies: POLICY_NAMES,
      stickiness: "session",
    },
  });
  assertEquals(
    readOptions([
      ...["--seeds", "1,22", "--pools", "mixed", "--loads", "0.8,1.0"],
      ...["--policies", "quota", "--stickiness", "none"],
    ]),
    {
      ok: true,
      value: {
        seeds: [1, 22],
        pools: ["mixed"],
        loads: [0.8, 1],
        policies: ["quota"],
        stickiness: "none",
      },
    },
  );
});

const ROW: Row = {
  pool: "plus3",
  load: 0.8,
  policy: "quota",
  requests: 1000,
  refused: 0.129,
  days: 10,
  waste: 0.2,
  standstill: 0.03,
  extra: 0.1,
  moves: 9,
};
const OTHER: Row = { ...ROW, policy: "least_in_flight", refused: 0.13 };

const JUDGED: readonly (readonly [string, Row, readonly string[]])[] = [
  ["what reaches its goals", ROW, []],
  ["a refused request too many", { ...ROW, refused: 0.1295 }, [
    "plus3 at 0.8: quota refuses 12.95 %, the goal is 12.9 %",
  ]],
  ["a move too many", { ...ROW, moves: 9.01 }, [
    "plus3 at 0.8: quota moves 9.01 sessions per 1,000 requests, the goal is 9",
  ]],
  ["no better than the simplest policy", { ...ROW, load: 0.7, refused: 0.13 }, [
    "plus3 at 0.7: quota refuses no less than least_in_flight",
  ]],
];

for (const [name, row, missed] of JUDGED) {
  Deno.test(`missedGoals() of ${name}`, () => {
    assertEquals(missedGoals([row, { ...OTHER, load: row.load }]), missed);
  });
}

Deno.test("the tables have a figure for each policy and case", () => {
  assertEquals(
    refusedTable([ROW, OTHER]).split("\n"),
    [
      "refused, %       plus3 0.8  vs least_in_flight",
      "quota                12.90                0.99",
      "least_in_flight      13.00                1.00",
    ],
  );
  const rows = playAll({
    seeds: [21],
    pools: ["weekly3"],
    loads: [0.6],
    policies: ["quota", "fill_first"],
    stickiness: "session",
  });
  assertEquals(rows.map(({ pool, load, policy }) => [pool, load, policy]), [
    ["weekly3", 0.6, "quota"],
    ["weekly3", 0.6, "fill_first"],
  ]);
  assertEquals(figuresTable(rows).split("\n").length, 3);
});
