/**
 * Turns over a line with delay: what loopback hides, because it has no round
 * trips. Left out where there can be no such line.
 */

import type { Bench } from "../bench.ts";
import { type Order, type Sample } from "../line/caller.ts";
import { FAR_NAME, type Line, openLine, whyNoLine } from "../line/line.ts";
import { spawnDeno } from "../process.ts";
import { printLine } from "../report.ts";
import { type Metric, Rounds } from "../rounds.ts";
import { TARGET_NAMES } from "../target.ts";

const ROUND_TRIPS_MS = { quick: [40], full: [20, 40, 80] };
const SIZES = [1_000, 8_000, 20_000, 200_000, 2_000_000];
/** Beyond any acknowledgement that is held back. */
const PAUSE_MS = 150;

export async function line(bench: Bench): Promise<readonly Metric[]> {
  const why = whyNoLine();
  if (why !== undefined) {
    printLine(`The line with delay is left out: ${why}`);
    return [];
  }
  const metrics: Metric[] = [];
  for (const ms of ROUND_TRIPS_MS[bench.quick ? "quick" : "full"]) {
    const line = await openLine(ms, bench.folder);
    try {
      metrics.push(...await measured(bench, line, `${ms} ms`));
    } finally {
      await line.close();
    }
  }
  return metrics;
}

async function measured(
  bench: Bench,
  line: Line,
  roundTrip: string,
): Promise<readonly Metric[]> {
  const { certificate: root, far, key, near } = line;
  const server = run(far, "server.ts", root, key);
  await server.stdout.getReader().read();
  const place = { command: near, upstream: `https://${FAR_NAME}`, root };
  const names = bench.gateways.filter((name) => name.endsWith("passthrough"));
  const targets = await bench.startAll(["relay", ...names], { place });
  const order: Order = {
    upstream: { host: FAR_NAME, root },
    targets: targets.map(({ name, port }) => ({ name, port })),
    sizes: SIZES,
    rounds: bench.quick ? 5 : 9,
    pauseMs: PAUSE_MS,
  };
  const caller = run(near, "caller.ts", JSON.stringify(order));
  const metrics = await collected(caller.stdout, roundTrip);
  if (await caller.child.exited !== 0) throw new Error("The caller has failed");
  for (const { stop } of [server.child, ...targets]) await stop();
  return metrics;
}

function run(end: readonly string[], script: string, ...args: string[]) {
  const path = new URL(`../line/${script}`, import.meta.url).pathname;
  return spawnDeno(end, ["run", "-A", path, ...args]);
}

async function collected(
  stdout: ReadableStream<Uint8Array>,
  roundTrip: string,
): Promise<readonly Metric[]> {
  const rounds = new Map<string, Rounds>();
  const add = (sample: Sample, what: string, ms: number) => {
    const { size, target, transport } = sample;
    const name = `${roundTrip}, ${transport}, ${size / 1000} KB, ${what}`;
    const known = rounds.get(name) ?? new Rounds(name, "ms");
    rounds.set(name, known);
    const found = TARGET_NAMES.find((name) => name === target);
    if (found) known.add(found, ms);
  };
  const text = await new Response(stdout).text();
  for (const line of text.split("\n").filter(Boolean)) {
    const sample: Sample = JSON.parse(line);
    add(sample, "first byte", sample.firstByteMs);
    if (sample.arrivalMs !== undefined) {
      add(sample, "arrival", sample.arrivalMs);
    }
  }
  return [...rounds.values()].map((one) => one.metric());
}
