/** Some seconds of a closed loop, and what they cost. */

import type { Bench } from "./bench.ts";
import { closedLoop, type Driver } from "./closed_loop.ts";
import type { Plan } from "./plan.ts";
import { countCpu } from "./process.ts";
import { benchRequest, SESSION } from "./request.ts";
import type { Target } from "./target.ts";

const CONNECTIONS = 16;

/** Answers whose deltas come without a pause. */
export const FLOOD: Plan = { deltas: 500, gapMs: 0, refuseOdd: false };

export interface LoopBlock {
  readonly requestsPerSecond: number;
  readonly eventsPerSecond: number;
  readonly cpuSecondsPerRequest: number;
  readonly cpuSecondsPerEvent: number;
}

export async function loopBlock(
  bench: Bench,
  target: Target,
  seconds: number,
  driver?: Driver,
): Promise<LoopBlock> {
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
  }, driver);
  const elapsed = (performance.now() - startedAt) / 1000;
  const cpu = cpuUsed();
  const after = await bench.counts();
  const events = after.events - before.events;
  const answered = after.requests - before.requests;
  return {
    requestsPerSecond: answered / elapsed,
    eventsPerSecond: events / elapsed,
    cpuSecondsPerRequest: cpu / answered,
    cpuSecondsPerEvent: cpu / events,
  };
}
