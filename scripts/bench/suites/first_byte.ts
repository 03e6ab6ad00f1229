/**
 * Measures requests one after another: the added time to the first byte, and
 * CPU per request.
 */

import type { Bench } from "../bench.ts";
import { oneByOne } from "../one_by_one.ts";
import { WHOLE_ANSWER } from "../plan.ts";
import { benchRequest, message, SESSION } from "../request.ts";
import { type Metric, Rounds } from "../rounds.ts";
import { quantile } from "../stats.ts";
import { inTurn, type Target, type TargetName } from "../target.ts";

interface Case {
  readonly label: string;
  readonly size: number;
  /** Requests of one round. */
  readonly block: number;
}

const CASES: readonly Case[] = [
  { label: "1 KB", size: 1_000, block: 150 },
  { label: "100 KB", size: 100_000, block: 50 },
];

/** Until V8 has compiled what runs often. */
const WARM_UP_BLOCKS = 5;

export async function firstByte(bench: Bench): Promise<readonly Metric[]> {
  await bench.plan(WHOLE_ANSWER);
  const names: readonly TargetName[] = ["direct", "nginx", "relay"];
  const targets = await bench.startAll([...names, ...bench.gateways]);
  const metrics: Metric[] = [];
  for (const one of CASES) {
    metrics.push(...await measured(targets, one, bench.quick ? 5 : 15));
  }
  for (const target of targets) await target.stop();
  return metrics;
}

async function measured(
  targets: readonly Target[],
  { label, size, block }: Case,
  rounds: number,
): Promise<readonly Metric[]> {
  const request = benchRequest({ size, session: SESSION });
  const p50 = new Rounds(`first byte, ${label}, p50 added`, "ms");
  // The difference of two tails is too noisy to divide by.
  const p99 = new Rounds(`first byte, ${label}, p99 added`, "ms", {
    ratios: false,
  });
  const cpu = new Rounds(`CPU per request, ${label}, one by one`, "µs");
  for (let round = -WARM_UP_BLOCKS; round < rounds; round++) {
    const times = new Map<TargetName, readonly number[]>();
    for (const target of inTurn(targets, round + WARM_UP_BLOCKS)) {
      const bytes = message(request, target.port);
      const { cpuSecondsPerRequest, firstByte } = await oneByOne(
        target,
        bytes,
        block,
      );
      times.set(target.name, firstByte);
      if (round < 0 || target.name === "direct") continue;
      cpu.add(target.name, cpuSecondsPerRequest * 1e6);
    }
    if (round < 0) continue;
    addTo(p50, times, 0.5);
    addTo(p99, times, 0.99);
  }
  return [p50.metric(), p99.metric(), cpu.metric()];
}

/** Each target's quantile minus the direct one, which stays as it is. */
function addTo(
  rounds: Rounds,
  times: ReadonlyMap<TargetName, readonly number[]>,
  share: number,
): void {
  const direct = quantile(times.get("direct") ?? [], share);
  for (const [name, list] of times) {
    const value = quantile(list, share);
    rounds.add(name, name === "direct" ? value : value - direct);
  }
}
