/** Measures CPU per event of streams whose events come one by one. */

import type { Bench } from "../bench.ts";
import { pacedBlock } from "../paced_block.ts";
import { type Metric, Rounds } from "../rounds.ts";
import { inTurn, type TargetName } from "../target.ts";

export async function paced(bench: Bench): Promise<readonly Metric[]> {
  return await measured(bench, false, "paced");
}

/** The same over TLS: HTTP/2, which nginx does not speak to an upstream. */
export async function pacedTls(bench: Bench): Promise<readonly Metric[]> {
  return await measured(bench, true, "paced, TLS");
}

async function measured(
  bench: Bench,
  tls: boolean,
  label: string,
): Promise<readonly Metric[]> {
  const names: readonly TargetName[] = ["nginx", "relay", ...bench.gateways];
  const targets = await bench.startAll(names, { tls });
  const cpu = new Rounds(`CPU per event, ${label}`, "µs");
  const rate = new Rounds(`events per second, ${label}`, "1/s", {
    ratios: false,
  });
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
