/** Measures what a failover costs after a 429 of the first account. */

import type { Bench } from "../bench.ts";
import { exchangeOnce } from "../exchange.ts";
import { WHOLE_ANSWER } from "../plan.ts";
import { benchRequest, message } from "../request.ts";
import { median, quantile, Samples } from "../stats.ts";
import type { Metric, Target, TargetName } from "../target.ts";

const TARGETS: readonly TargetName[] = ["gateway", "normalize"];

export async function failover(bench: Bench): Promise<readonly Metric[]> {
  const rounds = bench.quick ? 20 : 60;
  const p50: [TargetName, number][] = [];
  const worst: [TargetName, number][] = [];
  for (const name of TARGETS) {
    // Each refusal makes an account cool down for the rest of the run.
    const target = await bench.start(name, rounds + 5);
    if (target === undefined) continue;
    const times = await measure(bench, target, rounds);
    const plain = median(times.of(1));
    p50.push([name, median(times.of(2)) - plain]);
    worst.push([name, quantile(times.of(2), 1) - plain]);
    await target.stop();
  }
  return [
    {
      name: `failover after a 429, p50 added (n=${rounds})`,
      unit: "ms",
      ratios: false,
      values: Object.fromEntries(p50),
    },
    {
      name: "failover after a 429, slowest added",
      unit: "ms",
      ratios: false,
      values: Object.fromEntries(worst),
    },
  ];
}

/** Milliseconds to the first byte, by the number of attempts. */
async function measure(
  bench: Bench,
  target: Target,
  rounds: number,
): Promise<Samples<number>> {
  await bench.plan(WHOLE_ANSWER);
  for (let i = 0; i < 50; i++) await send(target);
  const times = new Samples<number>();
  for (let round = 0; round < rounds; round++) {
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
