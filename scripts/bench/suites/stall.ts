/** Measures how long small requests wait while a 10 MB body is handled. */

import type { Bench } from "../bench.ts";
import { exchangeOnce } from "../exchange.ts";
import { sleep } from "../net.ts";
import { WHOLE_ANSWER } from "../plan.ts";
import { benchRequest, message, SESSION } from "../request.ts";
import { type Metric, Rounds } from "../rounds.ts";
import { quantile } from "../stats.ts";
import { inTurn, type Target } from "../target.ts";

const BIG_BYTES = 10_000_000;
const PROBE_GAP_MS = 1;

export async function stall(bench: Bench): Promise<readonly Metric[]> {
  await bench.plan(WHOLE_ANSWER);
  const targets = await bench.startAll(["nginx", "relay", ...bench.gateways]);
  const big = benchRequest({ size: BIG_BYTES, session: SESSION });
  const quiet = new Rounds("1 KB request, nothing else, p99", "ms");
  const beside = new Rounds("1 KB request beside 10 MB, slowest", "ms");
  const count = bench.quick ? 5 : 20;
  for (let round = 0; round < count; round++) {
    for (const target of inTurn(targets, round)) {
      const bytes = message(big, target.port);
      if (round === 0) await exchangeOnce(target.port, bytes);
      const idle = await probeDuring(target, sleep(100));
      const busy = await probeDuring(target, exchangeOnce(target.port, bytes));
      quiet.add(target.name, quantile(idle, 0.99));
      beside.add(target.name, Math.max(...busy));
    }
  }
  for (const target of targets) await target.stop();
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
