/**
 * One pass over one target: 500 idle websocket sessions, then 50 busy ones, and
 * what is left after all are closed.
 */
import type { Bench } from "./bench.ts";
import { sleep } from "./net.ts";
import type { Plan } from "./plan.ts";
import { countCpu, memory } from "./process.ts";
import type { Target } from "./target.ts";
import { type BenchSession, openSessions } from "./ws_client.ts";
import { type Left, quiet } from "./ws_left.ts";

export const IDLE = 500;
export const BUSY = 50;

/** The figures of a pass: times in milliseconds, memory in KiB. */
export interface WebsocketSample {
  readonly rss: number;
  readonly private: number;
  readonly firstDelta: readonly number[];
  readonly flatOut: LoadSample;
  readonly paced: LoadSample;
  readonly transit: readonly number[];
  readonly left: Left;
}

interface LoadSample {
  readonly eventsPerSecond: number;
  readonly cpuPerEvent: number;
}

const ENDLESS = 1e9;
/** A delta every 20 ms, as from a fast model. */
const GAP_MS = 20;

export async function pass(
  bench: Bench,
  target: Target,
  compress: boolean,
): Promise<WebsocketSample> {
  const plan = (deltas: number, gapMs: number): Plan => ({
    deltas,
    gapMs,
    refuseOdd: false,
    compress,
  });
  const { quick } = bench;
  const flat = plan(500, 0);
  const short = plan(1, 0);

  await bench.plan(flat);
  const warm = await openSessions(target.port, BUSY);
  await flatOut(warm, target, quick ? 500 : 1_500);
  await closeAll(warm);
  const before = await quiet(bench, target, 0);
  const rest = memory(target.pid);

  await bench.plan(short);
  const idle = await openSessions(target.port, IDLE);
  await Promise.all(idle.map((session) => session.turn()));
  await sleep(quick ? 500 : 2_000);
  const held = memory(target.pid);

  const busy = await openSessions(target.port, BUSY);
  const firstDelta = await pingPong(busy[0], quick ? 200 : 1_000);
  await bench.plan(flat);
  const fast = await flatOut(busy, target, quick ? 1_000 : 3_000);
  await bench.plan(plan(ENDLESS, GAP_MS));
  const { load, transit } = await paced(bench, busy, target);
  await closeAll([...idle, ...busy]);
  const after = await quiet(bench, target, before.files);
  return {
    rss: (held.rss - rest.rss) / IDLE,
    private: (held.private - rest.private) / IDLE,
    firstDelta,
    flatOut: fast,
    paced: load,
    transit,
    left: { ...after, files: Math.max(0, after.files - before.files) },
  };
}

/** Sends one turn after another on one session. */
async function pingPong(
  session: BenchSession | undefined,
  turns: number,
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let turn = -turns / 5; turn < turns; turn++) {
    const firstDeltaMs = (await session?.turn())?.firstDeltaMs;
    if (turn >= 0 && firstDeltaMs !== undefined) times.push(firstDeltaMs);
  }
  return times;
}

/** Each session sends the next turn as soon as one is over. */
async function flatOut(
  sessions: readonly BenchSession[],
  target: Target,
  ms: number,
): Promise<LoadSample> {
  let over = false;
  const done = Promise.all(sessions.map(async (session) => {
    while (!over) await session.turn();
  }));
  const load = await observe(sessions, target, ms);
  over = true;
  await done;
  return load;
}

async function paced(
  bench: Bench,
  sessions: readonly BenchSession[],
  target: Target,
): Promise<{ readonly load: LoadSample; readonly transit: readonly number[] }> {
  const done = Promise.all(sessions.map((session) => session.turn()));
  await sleep(200);
  const transit: number[] = [];
  for (const session of sessions) session.transits = transit;
  const ms = bench.quick ? 1_000 : 5_000;
  const load = await observe(sessions, target, ms);
  for (const session of sessions) session.transits = undefined;
  // A new plan ends the paced turns of the old one.
  await bench.plan({ deltas: 0, gapMs: 0, refuseOdd: false });
  await done;
  return { load, transit };
}

/** Measures the events that arrive within `ms`, and their CPU time. */
async function observe(
  sessions: readonly BenchSession[],
  target: Target,
  ms: number,
): Promise<LoadSample> {
  const seen = () => sessions.reduce((sum, { events }) => sum + events, 0);
  const eventsBefore = seen();
  const cpuUsed = countCpu(target.pid);
  const startedAt = performance.now();
  await sleep(ms);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = cpuUsed();
  const events = seen() - eventsBefore;
  return { eventsPerSecond: events / seconds, cpuPerEvent: cpu / events };
}

async function closeAll(sessions: readonly BenchSession[]): Promise<void> {
  await Promise.all(
    sessions.map((session, index) => session.close(index % 2 === 0)),
  );
}
