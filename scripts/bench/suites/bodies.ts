/**
 * Measures turns with large bodies, as they are and compressed.
 *
 * In mode `normalize` the gateway changes every turn near its end, where the
 * client's ids are, so a compressed body is one that it has to edit.
 */

import type { Bench } from "../bench.ts";
import { WHOLE_ANSWER } from "../plan.ts";
import type { Metric } from "../rounds.ts";
import type { TargetName } from "../target.ts";
import { measureTurns, type TurnCase } from "../turns.ts";

const MB = 1_000_000;
const CASES: readonly TurnCase[] = [
  { label: "1 MB", size: MB, block: 10 },
  { label: "1 MB zstd", size: MB, coding: "zstd", block: 10 },
  { label: "10 MB", size: 10 * MB, block: 4 },
  { label: "10 MB zstd", size: 10 * MB, coding: "zstd", block: 4 },
];

export async function bodies(bench: Bench): Promise<readonly Metric[]> {
  await bench.plan(WHOLE_ANSWER);
  const names: readonly TargetName[] = ["direct", "nginx", "relay"];
  const targets = await bench.startAll([...names, ...bench.gateways]);
  const metrics: Metric[] = [];
  for (const one of CASES) {
    metrics.push(...await measureTurns(targets, one, bench.quick ? 5 : 10));
  }
  for (const target of targets) await target.stop();
  return metrics;
}
