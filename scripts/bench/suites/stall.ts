/** Measures how long small requests wait while a 10 MB body is handled. */

import type { Bench } from "../bench.ts";
import { exchangeOnce } from "../exchange.ts";
import { sleep } from "../net.ts";
import { WHOLE_ANSWER } from "../plan.ts";
import { benchRequest, type Coding, message, SESSION } from "../request.ts";
import { type Metric, Rounds } from "../rounds.ts";
import { quantile } from "../stats.ts";
import { inTurn, type Target } from "../target.ts";

const BIG_BYTES = 10_000_000;
const PROBE_GAP_MS = 1;

export async function stall(bench: Bench): Promise<readonly Metric[]> {
  await bench.plan(WHOLE_ANSWER);
  const targets = await bench.startAll(["nginx", "relay", ...bench.gateways]);
  const metrics = [
    ...await measured(bench, targets, "identity"),
    ...await measured(bench, targets, "zstd"),
  ];
  for (const target of targets) await target.stop();
  return metrics;
}

async function measured(
  bench: Bench,
  targets: readonly Target[],
  coding: Coding,
): Promise<readonly Metric[]> {
  const big = benchRequest({ size: BIG_BYTES, session: SESSION });
  const label = coding === "identity" ? "10 MB" : `10 MB ${coding}`;
  const quiet = new Rounds(`1 KB request before the ${label}, p99`, "ms");
  const beside = new Rounds(`1 KB request beside ${label}, slowest`, "ms");
  // The first round warms up.
  for (let round = -1; round < (bench.quick ? 5 : 15); round++) {
    for (const target of inTurn(targets, round + 1)) {
      const bytes = message(big, target.port, coding);
      const idle = await probeDuring(target, sleep(100));
      const busy = await probeDuring(target, exchangeOnce(target.port, bytes));
      if (round < 0) continue;
      quiet.add(target.name, quantile(idle, 0.99));
      beside.add(target.name, Math.max(...busy));
    }
  }
  return [quiet.metric(), beside.metric()];
}

/** Sends small requests, one after another, until `work` is done. */
async function probeDuring(
  target: Target,
  work: Promise<unknown>,
): Promise<readonly number[]> {
  const probe = message(
    benchRequest({ size: 1_000, session: crypto.randomUUID() }),
    target.port,
  );
  const times: number[] = [];
  let over = false;
  const finished = work.finally(() => over = true);
  while (!over) {
    times.push((await exchangeOnce(target.port, probe)).firstByteMs);
    await sleep(PROBE_GAP_MS);
  }
  await finished;
  return times;
}
