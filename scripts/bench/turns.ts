/**
 * Rounds of requests one after another: time to the first byte, and CPU per
 * request.
 */

import { oneByOne } from "./one_by_one.ts";
import { benchRequest, type Coding, message, SESSION } from "./request.ts";
import { type Metric, Rounds } from "./rounds.ts";
import { quantile } from "./stats.ts";
import { inTurn, type Target, type TargetName } from "./target.ts";

export interface TurnCase {
  readonly label: string;
  /** Bytes of the body, before coding. */
  readonly size: number;
  readonly coding?: Coding;
  /** Requests of one round. */
  readonly block: number;
}

/** Until V8 has compiled what runs often. */
const WARM_UP_ROUNDS = 15;

export async function measureTurns(
  targets: readonly Target[],
  { block, coding = "identity", label, size }: TurnCase,
  rounds: number,
): Promise<readonly Metric[]> {
  const request = benchRequest({ size, session: SESSION });
  const messages = new Map(
    targets.map(({ port }) => [port, message(request, port, coding)]),
  );
  const isAdded = targets.some(({ name }) => name === "direct");
  const word = isAdded ? "added" : "in all";
  const p50 = new Rounds(`first byte, ${label}, p50 ${word}`, "ms");
  // The difference of two tails is too noisy to divide by.
  const p99 = new Rounds(`first byte, ${label}, p99 ${word}`, "ms", {
    ratios: false,
  });
  const cpu = new Rounds(`CPU per request, ${label}, one by one`, "µs");
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const times = new Map<TargetName, readonly number[]>();
    for (const target of inTurn(targets, round + WARM_UP_ROUNDS)) {
      const bytes = messages.get(target.port) ?? new Uint8Array();
      const done = await oneByOne(target, bytes, block);
      times.set(target.name, done.firstByte);
      if (round < 0 || target.name === "direct") continue;
      cpu.add(target.name, done.cpuSecondsPerRequest * 1e6);
    }
    if (round < 0) continue;
    addTo(p50, times, 0.5);
    addTo(p99, times, 0.99);
  }
  return [p50.metric(), p99.metric(), cpu.metric()];
}

/** Each target's quantile minus the direct one, which stays as it is. */
function addTo(
  rounds: Rounds,
  times: ReadonlyMap<TargetName, readonly number[]>,
  share: number,
): void {
  const direct = times.get("direct");
  const base = direct === undefined ? 0 : quantile(direct, share);
  for (const [name, list] of times) {
    const value = quantile(list, share);
    rounds.add(name, name === "direct" ? value : value - base);
  }
}
