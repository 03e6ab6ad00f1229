/** Counts the streams that are complete and the same as from the upstream. */

import type { Bench } from "../bench.ts";
import { bodyOf, exchangeOnce } from "../exchange.ts";
import { sleep } from "../net.ts";
import type { Plan } from "../plan.ts";
import { benchRequest, message, SESSION } from "../request.ts";
import { type Metric, Rounds } from "../rounds.ts";
import type { Target, TargetName } from "../target.ts";

const PACED: Plan = { deltas: 10, gapMs: 50, refuseOdd: false };
const FLAT_OUT: Plan = { deltas: 500, gapMs: 0, refuseOdd: false };

export async function identity(bench: Bench): Promise<readonly Metric[]> {
  const names: readonly TargetName[] = ["direct", "nginx", "relay"];
  const targets = await bench.startAll([...names, ...bench.gateways]);
  const metrics = [
    await compare(bench, targets, PACED, bench.quick ? 250 : 1_000),
    await compare(bench, targets, FLAT_OUT, 32),
  ];
  for (const target of targets) await target.stop();
  return metrics;
}

async function compare(
  bench: Bench,
  targets: readonly Target[],
  plan: Plan,
  count: number,
): Promise<Metric> {
  await bench.plan(plan);
  const [direct] = targets;
  if (direct === undefined) throw new Error("No upstream");
  const [wanted] = await digests(direct, 1);
  const pace = plan.gapMs === 0 ? "flat out" : "paced";
  const name = `streams of ${count} complete and identical, ${pace}`;
  const rounds = new Rounds(name, "", { ratios: false });
  for (const target of targets) {
    const got = await digests(target, count);
    rounds.add(target.name, got.filter((digest) => digest === wanted).length);
  }
  return rounds.metric();
}

/** SHA-256 of each stream's body; of a broken stream, the error. */
async function digests(
  target: Target,
  count: number,
): Promise<readonly string[]> {
  const request = benchRequest({ size: 1_000, session: SESSION });
  const bytes = message(request, target.port);
  const one = async (index: number) => {
    await sleep(index / 2);
    const answer = await exchangeOnce(target.port, bytes);
    const digest = await crypto.subtle.digest("SHA-256", bodyOf(answer.bytes));
    return new Uint8Array(digest).toHex();
  };
  const settled = await Promise.allSettled(
    Array.from({ length: count }, (_, index) => one(index)),
  );
  return settled.map((result) =>
    result.status === "fulfilled" ? result.value : `${result.reason}`
  );
}
