/**
 * Measures what translating to and from chat completions costs: the same
 * conversation as a chat completion, as an SDK's Responses turn and as a Codex
 * turn, by turns through one gateway.
 */
import type { Bench } from "../bench.ts";
import { CallerFigures } from "../caller_figures.ts";
import { type Caller, CALLERS } from "../callers.ts";
import { exchangeOnce } from "../exchange.ts";
import { sleep } from "../net.ts";
import { type Plan, WHOLE_ANSWER } from "../plan.ts";
import { oneByOne } from "../one_by_one.ts";
import { countCpu } from "../process.ts";
import { message, SESSION } from "../request.ts";
import { median } from "../stats.ts";
import { openStreams } from "../streams.ts";
import type { Metric } from "../rounds.ts";
import type { Target } from "../target.ts";

interface Case {
  readonly label: string;
  readonly size: number;
  readonly stream: boolean;
  /** Requests of one round. */
  readonly block: number;
}

const CASES: readonly Case[] = [
  { label: "1 KB, streamed", size: 1_000, stream: true, block: 100 },
  { label: "1 KB, whole", size: 1_000, stream: false, block: 100 },
  { label: "100 KB, streamed", size: 100_000, stream: true, block: 50 },
];

const SHORT: Plan = { ...WHOLE_ANSWER, items: true };
const STREAMS = 200;
const ENDLESS: Plan = { ...SHORT, deltas: 1e9, gapMs: 50 };

export async function chat(bench: Bench): Promise<readonly Metric[]> {
  const targets = await bench.startAll(bench.gateways);
  const metrics: Metric[] = [];
  for (const one of CASES) {
    metrics.push(...await requests(bench, targets, one));
  }
  metrics.push(...await longStreams(bench, targets));
  for (const target of targets) await target.stop();
  return metrics;
}

async function requests(
  bench: Bench,
  targets: readonly Target[],
  { label, size, stream, block }: Case,
): Promise<readonly Metric[]> {
  await bench.plan(SHORT);
  const callers = CALLERS.filter((caller) => ending(caller, stream));
  const firstByte = new CallerFigures(`first byte, ${label}, p50`, "ms");
  const cpu = new CallerFigures(`CPU per request, ${label}`, "µs");
  const rounds = bench.quick ? 5 : 10;
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const target of targets) {
      for (const caller of callers) {
        const request = caller.request({ size, session: SESSION }, stream);
        const bytes = message(request, target.port);
        if (round === 0) await demandAnswer(target, caller, bytes, stream);
        const done = await oneByOne(target, bytes, block);
        if (round === 0) continue;
        firstByte.add(caller, target, median(done.firstByte));
        cpu.add(caller, target, done.cpuSecondsPerRequest * 1e6);
      }
    }
  }
  return [...firstByte.metrics(), ...cpu.metrics()];
}

async function longStreams(
  bench: Bench,
  targets: readonly Target[],
): Promise<readonly Metric[]> {
  const cpu = new CallerFigures("CPU per event, paced", "µs");
  const rounds = bench.quick ? 1 : 3;
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) {
      for (const caller of CALLERS) {
        cpu.add(caller, target, await perEvent(bench, target, caller) * 1e6);
      }
    }
  }
  return cpu.metrics();
}

/** CPU seconds for each event of streams whose events come one by one. */
async function perEvent(
  bench: Bench,
  target: Target,
  caller: Caller,
): Promise<number> {
  const request = caller.request({ size: 1_000, session: SESSION }, true);
  await bench.plan(ENDLESS);
  const bytes = message(request, target.port);
  const streams = await openStreams(target.port, STREAMS, bytes);
  await sleep(300);
  const before = await bench.counts();
  if (before.open !== STREAMS) {
    throw new Error(`Expected ${STREAMS} streams, got ${before.open}`);
  }
  const cpuUsed = countCpu(target.pid);
  await sleep(bench.quick ? 2_000 : 4_000);
  const cpu = cpuUsed();
  const after = await bench.counts();
  streams.close();
  // A new plan ends the streams of the old one.
  await bench.plan(SHORT);
  await sleep(300);
  return cpu / (after.events - before.events);
}

/** Fails if a caller gets an error, or an answer without its end. */
async function demandAnswer(
  target: Target,
  caller: Caller,
  bytes: Uint8Array,
  stream: boolean,
): Promise<void> {
  const answer = await exchangeOnce(target.port, bytes);
  const text = new TextDecoder().decode(answer.bytes);
  const wanted = ending(caller, stream);
  if (wanted !== undefined && text.includes(wanted)) return;
  throw new Error(`${caller.name} got no ${wanted}:\n${text}`);
}

function ending(caller: Caller, stream: boolean): string | undefined {
  return stream ? caller.streamEnd : caller.wholeEnd;
}
