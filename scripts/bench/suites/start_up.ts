/** Measures the time from start to first answer, and the memory at rest. */

import type { Bench } from "../bench.ts";
import { sleep } from "../net.ts";
import { memory } from "../process.ts";
import { median, Samples } from "../stats.ts";
import type { Metric, TargetName } from "../target.ts";

const TARGETS: readonly TargetName[] = ["nginx", "gateway"];

export async function startUp(bench: Bench): Promise<readonly Metric[]> {
  const ready = new Samples<TargetName>();
  const rss = new Samples<TargetName>();
  const own = new Samples<TargetName>();
  const rounds = bench.quick ? 2 : 10;
  for (let round = 0; round < rounds; round++) {
    for (const name of TARGETS) {
      const startedAt = performance.now();
      const target = await bench.start(name);
      if (target === undefined) continue;
      ready.add(name, performance.now() - startedAt);
      await sleep(500);
      const used = memory(target.pid);
      rss.add(name, used.rss / 1024);
      own.add(name, used.private / 1024);
      await target.stop();
    }
  }
  const line = (name: string, unit: string, of: Samples<TargetName>) => ({
    name,
    unit,
    ratios: true,
    values: Object.fromEntries(of.summary(median)),
  });
  return [
    line("start to first answer", "ms", ready),
    line("memory at rest, RSS", "MiB", rss),
    line("memory at rest, private", "MiB", own),
  ];
}
