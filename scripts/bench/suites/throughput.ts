/** Measures requests and events per second, flat out, in a closed loop. */

import type { Bench } from "../bench.ts";
import { closedLoop } from "../closed_loop.ts";
import { type Plan, WHOLE_ANSWER } from "../plan.ts";
import { cpuSeconds } from "../process.ts";
import { benchRequest, SESSION } from "../request.ts";
import { median, Samples } from "../stats.ts";
import type { Metric, Target, TargetName } from "../target.ts";

const FLAT_OUT: Plan = { deltas: 500, gapMs: 0, refuseOdd: false };
const CONNECTIONS = 16;

interface LoopSample {
  readonly requestsPerSecond: number;
  readonly eventsPerSecond: number;
  readonly cpuPerRequest: number;
  readonly cpuPerEvent: number;
}

export async function requests(bench: Bench): Promise<readonly Metric[]> {
  return await loops(bench, WHOLE_ANSWER, ["nginx", "gateway", "normalize"], [
    ["requests per second", "1/s", (sample) => sample.requestsPerSecond],
    ["CPU per request", "ms", (sample) => sample.cpuPerRequest * 1e3],
  ]);
}

export async function flatOut(bench: Bench): Promise<readonly Metric[]> {
  return await loops(bench, FLAT_OUT, ["nginx", "gateway"], [
    ["events per second, flat out", "1/s", (sample) => sample.eventsPerSecond],
    ["CPU per million events, flat out", "s", (s) => s.cpuPerEvent * 1e6],
  ]);
}

async function loops(
  bench: Bench,
  plan: Plan,
  names: readonly TargetName[],
  figures: readonly [string, string, (sample: LoopSample) => number][],
): Promise<readonly Metric[]> {
  await bench.plan(plan);
  const targets = await bench.startAll(names);
  const samples = figures.map(() => new Samples<TargetName>());
  const rounds = bench.quick ? 1 : 5;
  for (const target of targets) await loop(bench, target, 1);
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) {
      const sample = await loop(bench, target, bench.quick ? 1 : 2);
      figures.forEach(([, , figure], index) =>
        samples[index]?.add(target.name, figure(sample))
      );
    }
  }
  for (const target of targets) await target.stop();
  return figures.map(([name, unit], index) => ({
    name,
    unit,
    ratios: true,
    values: Object.fromEntries(samples[index]?.summary(median) ?? []),
  }));
}

async function loop(
  bench: Bench,
  target: Target,
  seconds: number,
): Promise<LoopSample> {
  const request = benchRequest({ size: 1_000, session: SESSION });
  const before = await bench.counts();
  const cpuBefore = cpuSeconds(target.pid);
  const startedAt = performance.now();
  await closedLoop({
    port: target.port,
    connections: CONNECTIONS,
    seconds,
    request,
    folder: bench.folder,
  });
  const elapsed = (performance.now() - startedAt) / 1000;
  const cpu = cpuSeconds(target.pid) - cpuBefore;
  const after = await bench.counts();
  const events = after.events - before.events;
  const answered = after.requests - before.requests;
  return {
    requestsPerSecond: answered / elapsed,
    eventsPerSecond: events / elapsed,
    cpuPerRequest: cpu / answered,
    cpuPerEvent: cpu / events,
  };
}
