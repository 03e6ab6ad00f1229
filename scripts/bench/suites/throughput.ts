/** Measures requests and events per second, flat out, in a closed loop. */

import type { Bench } from "../bench.ts";
import { closedLoop } from "../closed_loop.ts";
import { type Plan, WHOLE_ANSWER } from "../plan.ts";
import { countCpu } from "../process.ts";
import { benchRequest, SESSION } from "../request.ts";
import { type Metric, Rounds } from "../rounds.ts";
import { inTurn, type Target } from "../target.ts";

const FLAT_OUT: Plan = { deltas: 500, gapMs: 0, refuseOdd: false };
const CONNECTIONS = 16;

interface LoopSample {
  readonly requestsPerSecond: number;
  readonly eventsPerSecond: number;
  readonly cpuPerRequest: number;
  readonly cpuPerEvent: number;
}

type Figure = readonly [
  name: string,
  unit: string,
  of: (sample: LoopSample) => number,
];

export async function requests(bench: Bench): Promise<readonly Metric[]> {
  return await loops(bench, WHOLE_ANSWER, [
    ["requests per second", "1/s", (sample) => sample.requestsPerSecond],
    ["CPU per request, 16 at once", "µs", (s) => s.cpuPerRequest * 1e6],
  ]);
}

export async function flood(bench: Bench): Promise<readonly Metric[]> {
  return await loops(bench, FLAT_OUT, [
    ["events per second, flood", "1/s", (sample) => sample.eventsPerSecond],
    ["CPU per event, flood", "µs", (sample) => sample.cpuPerEvent * 1e6],
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
  for (const target of targets) await loop(bench, target, 2);
  for (let round = 0; round < count; round++) {
    for (const target of inTurn(targets, round)) {
      const sample = await loop(bench, target, bench.quick ? 1 : 2);
      for (const { of, rounds } of lines) rounds.add(target.name, of(sample));
    }
  }
  for (const target of targets) await target.stop();
  return lines.map(({ rounds }) => rounds.metric());
}

async function loop(
  bench: Bench,
  target: Target,
  seconds: number,
): Promise<LoopSample> {
  const request = benchRequest({ size: 1_000, session: SESSION });
  const before = await bench.counts();
  const cpuUsed = countCpu(target.pid);
  const startedAt = performance.now();
  await closedLoop({
    port: target.port,
    connections: CONNECTIONS,
    seconds,
    request,
    folder: bench.folder,
  });
  const elapsed = (performance.now() - startedAt) / 1000;
  const cpu = cpuUsed();
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
