/** Measures the added time to the first byte, by size of the request body. */

import type { Bench } from "../bench.ts";
import { exchangeOnce } from "../exchange.ts";
import { WHOLE_ANSWER } from "../plan.ts";
import { cpuSeconds } from "../process.ts";
import { benchRequest, message, SESSION } from "../request.ts";
import { quantile, Samples } from "../stats.ts";
import type { Metric, Target, TargetName } from "../target.ts";

const SIZES = [
  { label: "1 KB", size: 1_000, requests: 1_000 },
  { label: "100 KB", size: 100_000, requests: 400 },
  { label: "1 MB", size: 1_000_000, requests: 120 },
  { label: "10 MB", size: 10_000_000, requests: 30 },
];

export async function firstByte(bench: Bench): Promise<readonly Metric[]> {
  await bench.plan(WHOLE_ANSWER);
  const targets = await bench.startAll([
    "direct",
    "nginx",
    "gateway",
    "normalize",
  ]);
  const metrics: Metric[] = [];
  for (const { label, size, requests } of SIZES) {
    const count = bench.quick ? Math.ceil(requests / 8) : requests;
    metrics.push(...await oneSize(targets, label, size, count));
  }
  for (const target of targets) await target.stop();
  return metrics;
}

async function oneSize(
  targets: readonly Target[],
  label: string,
  size: number,
  count: number,
): Promise<readonly Metric[]> {
  const request = benchRequest({ size, session: SESSION });
  const prepared = targets.map((target) => ({
    target,
    bytes: message(request, target.port),
    cpu: 0,
  }));
  const samples = new Samples<TargetName>();
  const warmUp = Math.ceil(count / 5);
  for (let round = -warmUp; round < count; round++) {
    for (const entry of prepared) {
      const { port, name, pid } = entry.target;
      const before = cpuSeconds(pid);
      const { firstByteMs } = await exchangeOnce(port, entry.bytes);
      if (round < 0) continue;
      entry.cpu += cpuSeconds(pid) - before;
      samples.add(name, firstByteMs);
    }
  }
  const cpu = prepared.filter(({ target }) => target.name !== "direct")
    .map(({ target, cpu }) => [target.name, cpu / count * 1000]);
  return [
    ...[0.5, 0.99].map((share) => ({
      name: `first byte, ${label}, p${share * 100} added (n=${count})`,
      unit: "ms",
      // The difference of two tails is too noisy to divide by.
      ratios: share === 0.5,
      values: added(samples, share),
    })),
    {
      name: `CPU, ${label}`,
      unit: "ms",
      ratios: true,
      values: Object.fromEntries(cpu),
    },
  ];
}

/** Each target's quantile minus the direct one, which stays as it is. */
function added(
  samples: Samples<TargetName>,
  share: number,
): Metric["values"] {
  const direct = quantile(samples.of("direct"), share);
  return Object.fromEntries(
    samples.summary((list) => quantile(list, share)).map(([name, value]) => [
      name,
      name === "direct" ? value : value - direct,
    ]),
  );
}
