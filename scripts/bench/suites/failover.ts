/** Measures what a failover costs after a 429 of the first account. */

import type { Bench } from "../bench.ts";
import { exchangeOnce } from "../exchange.ts";
import { WHOLE_ANSWER } from "../plan.ts";
import { benchRequest, message } from "../request.ts";
import { type Metric, Rounds } from "../rounds.ts";
import { median, Samples } from "../stats.ts";
import { inTurn, type Target } from "../target.ts";

/** Failovers of one round. */
const BLOCK = 15;
/** Accounts that are never refused. */
const SPARE = 5;
const WARM_UP = 300;

export async function failover(bench: Bench): Promise<readonly Metric[]> {
  const rounds = bench.quick ? 5 : 10;
  const p50 = new Rounds("failover after a 429, p50 added", "ms");
  const worst = new Rounds("failover after a 429, slowest added", "ms", {
    ratios: false,
  });
  // Each refusal makes an account cool down for the rest of the run.
  const accounts = rounds * BLOCK + SPARE;
  const gateways = await bench.startAll(bench.gateways, { accounts });
  await bench.plan(WHOLE_ANSWER);
  for (const target of gateways) {
    for (let i = 0; i < WARM_UP; i++) await send(target);
  }
  for (let round = 0; round < rounds; round++) {
    for (const target of inTurn(gateways, round)) {
      const times = await measure(bench, target);
      const plain = median(times.of(1));
      p50.add(target.name, median(times.of(2)) - plain);
      worst.add(target.name, Math.max(...times.of(2)) - plain);
    }
  }
  for (const target of gateways) await target.stop();
  return [p50.metric(), worst.metric()];
}

/** Milliseconds to the first byte, by the number of attempts. */
async function measure(
  bench: Bench,
  target: Target,
): Promise<Samples<number>> {
  const times = new Samples<number>();
  for (let i = 0; i < BLOCK; i++) {
    await bench.plan(WHOLE_ANSWER);
    times.add(1, await send(target));
    // Make the count even, so that the next request is odd and gets refused.
    if ((await bench.counts()).requests % 2 === 1) await send(target);
    await bench.plan({ ...WHOLE_ANSWER, refuseOdd: true });
    const { requests } = await bench.counts();
    times.add(2, await send(target));
    const attempts = (await bench.counts()).requests - requests;
    if (attempts !== 2) throw new Error(`Expected 2 attempts, got ${attempts}`);
  }
  return times;
}

/** Sends a new conversation each time, so that no account is preferred. */
async function send(target: Target): Promise<number> {
  const request = benchRequest({ size: 1_000, session: crypto.randomUUID() });
  const bytes = message(request, target.port);
  return (await exchangeOnce(target.port, bytes)).firstByteMs;
}
