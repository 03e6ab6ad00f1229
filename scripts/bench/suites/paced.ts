/** Measures CPU per event of streams whose events come one by one. */

import type { Bench } from "../bench.ts";
import { pacedBlock } from "../paced_block.ts";
import { type Metric, Rounds } from "../rounds.ts";
import { inTurn } from "../target.ts";

export async function paced(bench: Bench): Promise<readonly Metric[]> {
  const targets = await bench.startAll(["nginx", "relay", ...bench.gateways]);
  const cpu = new Rounds("CPU per event, paced", "µs");
  const rate = new Rounds("events per second, paced", "1/s", { ratios: false });
  // The first round warms up.
  for (let round = -1; round < (bench.quick ? 5 : 10); round++) {
    for (const target of inTurn(targets, round + 1)) {
      const block = await pacedBlock(bench, target, 3_000);
      if (round < 0) continue;
      cpu.add(target.name, block.cpuSecondsPerEvent * 1e6);
      rate.add(target.name, block.eventsPerSecond);
    }
  }
  for (const target of targets) await target.stop();
  return [cpu.metric(), rate.metric()];
}
