/** Measures memory and CPU of 1,000 open streams, silent or paced. */

import type { Bench } from "../bench.ts";
import { exchangeOnce } from "../exchange.ts";
import { sleep } from "../net.ts";
import { type Plan, WHOLE_ANSWER } from "../plan.ts";
import { cpuSeconds, memory } from "../process.ts";
import { benchRequest, message, SESSION } from "../request.ts";
import { median, Samples } from "../stats.ts";
import { openStreams } from "../streams.ts";
import type { Metric, Target, TargetName } from "../target.ts";

const STREAMS = 1_000;
const ENDLESS = 1e9;
const SILENT: Plan = { deltas: ENDLESS, gapMs: ENDLESS, refuseOdd: false };
/** 10 events a second on each stream; with more, the upstream is the limit. */
const PACED: Plan = { deltas: ENDLESS, gapMs: 100, refuseOdd: false };
const TARGETS: readonly TargetName[] = ["nginx", "gateway"];

interface StreamSample {
  readonly rss: number;
  readonly private: number;
  readonly eventsPerSecond: number;
  readonly cpuPerEvent: number;
}

export async function idleStreams(bench: Bench): Promise<readonly Metric[]> {
  return await measured(bench, SILENT, [
    ["memory per idle stream of 1,000, RSS", "KiB", (s) => s.rss],
    ["memory per idle stream of 1,000, private", "KiB", (s) => s.private],
  ]);
}

export async function pacedStreams(bench: Bench): Promise<readonly Metric[]> {
  return await measured(bench, PACED, [
    ["memory per active stream of 1,000, RSS", "KiB", (s) => s.rss],
    ["memory per active stream of 1,000, private", "KiB", (s) => s.private],
    ["events per second, paced", "1/s", (s) => s.eventsPerSecond],
    ["CPU per million events, paced", "s", (s) => s.cpuPerEvent * 1e6],
  ]);
}

async function measured(
  bench: Bench,
  plan: Plan,
  figures: readonly [string, string, (sample: StreamSample) => number][],
): Promise<readonly Metric[]> {
  const samples = figures.map(() => new Samples<TargetName>());
  const rounds = bench.quick ? 1 : 3;
  for (let round = 0; round < rounds; round++) {
    for (const name of TARGETS) {
      // A new process each time, because memory is not freed after a burst.
      const target = await bench.start(name);
      if (target === undefined) continue;
      const sample = await oneRun(bench, target, plan);
      figures.forEach(([, , figure], index) =>
        samples[index]?.add(name, figure(sample))
      );
      await target.stop();
    }
  }
  return figures.map(([name, unit], index) => ({
    name,
    unit,
    ratios: true,
    values: Object.fromEntries(samples[index]?.summary(median) ?? []),
  }));
}

async function oneRun(
  bench: Bench,
  target: Target,
  plan: Plan,
): Promise<StreamSample> {
  const request = benchRequest({ size: 1_000, session: SESSION });
  const bytes = message(request, target.port);
  await bench.plan(WHOLE_ANSWER);
  for (let i = 0; i < 100; i++) await exchangeOnce(target.port, bytes);
  const idle = memory(target.pid);

  await bench.plan(plan);
  const streams = await openStreams(target.port, STREAMS, bytes);
  await sleep(bench.quick ? 1_000 : 2_000);
  const before = await bench.counts();
  if (before.open !== STREAMS) {
    throw new Error(`Expected ${STREAMS} streams, got ${before.open}`);
  }
  const cpuBefore = cpuSeconds(target.pid);
  const startedAt = performance.now();
  await sleep(bench.quick ? 2_000 : 6_000);
  const cpu = cpuSeconds(target.pid) - cpuBefore;
  const after = await bench.counts();
  const elapsed = (performance.now() - startedAt) / 1000;
  const busy = memory(target.pid);
  streams.close();
  const events = after.events - before.events;
  return {
    rss: (busy.rss - idle.rss) / STREAMS,
    private: (busy.private - idle.private) / STREAMS,
    eventsPerSecond: events / elapsed,
    cpuPerEvent: cpu / events,
  };
}
