/** Some seconds of streams whose events come one by one. */

import type { Bench } from "./bench.ts";
import { sleep } from "./net.ts";
import { type Plan, WHOLE_ANSWER } from "./plan.ts";
import { countCpu } from "./process.ts";
import { benchRequest, message, SESSION } from "./request.ts";
import { openStreams } from "./streams.ts";
import type { Target } from "./target.ts";

/** As many as one HTTP/2 connection of the upstream takes. */
const STREAMS = 100;
/** An event every 20 ms on each stream, as from a fast model. */
const PACED: Plan = { deltas: 1e9, gapMs: 20, refuseOdd: false };
const SETTLE_MS = 300;

export interface PacedBlock {
  readonly cpuSecondsPerEvent: number;
  readonly eventsPerSecond: number;
}

export async function pacedBlock(
  bench: Bench,
  target: Target,
  ms: number,
): Promise<PacedBlock> {
  const request = benchRequest({ size: 1_000, session: SESSION });
  await bench.plan(PACED);
  const bytes = message(request, target.port);
  const streams = await openStreams(target.port, STREAMS, bytes);
  await sleep(SETTLE_MS);
  const before = await bench.counts();
  if (before.open !== STREAMS) {
    throw new Error(`Expected ${STREAMS} streams, got ${before.open}`);
  }
  const cpuUsed = countCpu(target.pid);
  const startedAt = performance.now();
  await sleep(ms);
  const cpu = cpuUsed();
  const after = await bench.counts();
  const seconds = (performance.now() - startedAt) / 1000;
  streams.close();
  // A new plan ends the streams of the old one.
  await bench.plan(WHOLE_ANSWER);
  await sleep(SETTLE_MS);
  const events = after.events - before.events;
  return {
    cpuSecondsPerEvent: cpu / events,
    eventsPerSecond: events / seconds,
  };
}
