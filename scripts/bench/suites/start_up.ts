/** Measures the time from start to first answer, and the memory at rest. */

import type { Bench } from "../bench.ts";
import { sleep } from "../net.ts";
import { memory } from "../process.ts";
import { type Metric, Rounds } from "../rounds.ts";
import type { TargetName } from "../target.ts";

export async function startUp(bench: Bench): Promise<readonly Metric[]> {
  const ready = new Rounds("start to first answer", "ms");
  const rss = new Rounds("memory at rest, RSS", "MiB");
  const own = new Rounds("memory at rest, private", "MiB");
  const names: readonly TargetName[] = ["nginx", "relay", ...bench.gateways];
  // The first round reads the programs from the disk.
  for (let round = -1; round < (bench.quick ? 5 : 15); round++) {
    for (const name of names) {
      const startedAt = performance.now();
      const target = await bench.start(name);
      if (target === undefined) continue;
      const readyAt = performance.now();
      await sleep(500);
      const used = memory(target.pid);
      await target.stop();
      if (round < 0) continue;
      ready.add(name, readyAt - startedAt);
      rss.add(name, used.rss / 1024);
      own.add(name, used.private / 1024);
    }
  }
  return [ready.metric(), rss.metric(), own.metric()];
}
