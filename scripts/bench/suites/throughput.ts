/** Measures requests and events per second, flat out, in a closed loop. */

import type { Bench } from "../bench.ts";
import { FLOOD, type LoopBlock, loopBlock } from "../loop_block.ts";
import { type Plan, WHOLE_ANSWER } from "../plan.ts";
import { type Metric, Rounds } from "../rounds.ts";
import { inTurn } from "../target.ts";

/**
 * A gateway runs for days. V8 goes on compiling for some forty thousand
 * requests, in which CPU per request falls by a third.
 */
const WARM_UP_S = 8;

type Figure = readonly [
  name: string,
  unit: string,
  of: (block: LoopBlock) => number,
];

export async function requests(bench: Bench): Promise<readonly Metric[]> {
  return await loops(bench, WHOLE_ANSWER, [
    ["requests per second", "1/s", (block) => block.requestsPerSecond],
    [
      "CPU per request, 16 at once",
      "µs",
      (block) => block.cpuSecondsPerRequest * 1e6,
    ],
  ]);
}

export async function flood(bench: Bench): Promise<readonly Metric[]> {
  return await loops(bench, FLOOD, [
    ["events per second, flood", "1/s", (block) => block.eventsPerSecond],
    ["CPU per event, flood", "µs", (block) => block.cpuSecondsPerEvent * 1e6],
  ]);
}

async function loops(
  bench: Bench,
  plan: Plan,
  figures: readonly Figure[],
): Promise<readonly Metric[]> {
  await bench.plan(plan);
  const targets = await bench.startAll(["nginx", "relay", ...bench.gateways]);
  const lines = figures.map(([name, unit, of]) => ({
    of,
    rounds: new Rounds(name, unit),
  }));
  const count = bench.quick ? 5 : 10;
  for (const target of targets) await loopBlock(bench, target, WARM_UP_S);
  for (let round = 0; round < count; round++) {
    for (const target of inTurn(targets, round)) {
      const block = await loopBlock(bench, target, bench.quick ? 1 : 2);
      for (const { of, rounds } of lines) rounds.add(target.name, of(block));
    }
  }
  for (const target of targets) await target.stop();
  return lines.map(({ rounds }) => rounds.metric());
}
