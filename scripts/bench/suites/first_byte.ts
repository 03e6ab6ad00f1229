/**
 * Measures requests one after another: the added time to the first byte, and
 * CPU per request.
 */

import type { Bench, StartOptions } from "../bench.ts";
import { WHOLE_ANSWER } from "../plan.ts";
import type { Metric } from "../rounds.ts";
import type { TargetName } from "../target.ts";
import { measureTurns, type TurnCase } from "../turns.ts";

const CASES: readonly TurnCase[] = [
  { label: "1 KB", size: 1_000, block: 150 },
  { label: "100 KB", size: 100_000, block: 50 },
];

const TLS_CASES: readonly TurnCase[] = [
  { label: "1 KB, TLS", size: 1_000, block: 150 },
  { label: "100 KB, TLS", size: 100_000, block: 20 },
];

export async function firstByte(bench: Bench): Promise<readonly Metric[]> {
  return await measured(bench, CASES, ["direct", "nginx", "relay"]);
}

/**
 * The same over TLS: HTTP/2, which nginx does not speak to an upstream. Without
 * a direct figure, because this client speaks neither.
 */
export async function firstByteTls(bench: Bench): Promise<readonly Metric[]> {
  return await measured(bench, TLS_CASES, ["nginx", "relay"], { tls: true });
}

async function measured(
  bench: Bench,
  cases: readonly TurnCase[],
  yardsticks: readonly TargetName[],
  options: StartOptions = {},
): Promise<readonly Metric[]> {
  await bench.plan(WHOLE_ANSWER);
  const targets = await bench.startAll(
    [...yardsticks, ...bench.gateways],
    options,
  );
  const metrics: Metric[] = [];
  for (const one of cases) {
    metrics.push(...await measureTurns(targets, one, bench.quick ? 5 : 15));
  }
  for (const target of targets) await target.stop();
  return metrics;
}
