/**
 * Measures the memory of 1,000 open streams, silent after their first events,
 * and what is left of it a minute after they closed.
 */

import type { Bench } from "../bench.ts";
import { exchangeOnce } from "../exchange.ts";
import { sleep } from "../net.ts";
import { type Plan, WHOLE_ANSWER } from "../plan.ts";
import { memory } from "../process.ts";
import { benchRequest, message, SESSION } from "../request.ts";
import { type Metric, Rounds } from "../rounds.ts";
import { openStreams } from "../streams.ts";
import type { Target, TargetName } from "../target.ts";

const STREAMS = 1_000;
const ENDLESS = 1e9;
const SILENT: Plan = { deltas: ENDLESS, gapMs: ENDLESS, refuseOdd: false };
const WARM_UP = 100;
const SETTLE_MS = 2_000;
const AFTERWARDS_MS = 60_000;

export async function idleStreams(bench: Bench): Promise<readonly Metric[]> {
  const rss = new Rounds("memory per idle stream of 1,000, RSS", "KiB");
  const own = new Rounds("memory per idle stream of 1,000, private", "KiB");
  const held = new Rounds("memory with 1,000 idle streams, RSS", "MiB");
  const left = new Rounds("memory a minute after they closed, RSS", "MiB");
  const names: readonly TargetName[] = ["nginx", "relay", ...bench.gateways];
  for (let round = 0; round < (bench.quick ? 1 : 5); round++) {
    const waiting: Promise<void>[] = [];
    for (const name of names) {
      // A new process each time, because a burst leaves memory behind.
      const target = await bench.start(name);
      if (target === undefined) continue;
      const { rest, open } = await withStreams(bench, target);
      rss.add(name, (open.rss - rest.rss) / STREAMS);
      own.add(name, (open.private - rest.private) / STREAMS);
      held.add(name, open.rss / 1024);
      // The minutes of all targets pass together.
      waiting.push(
        sleep(AFTERWARDS_MS).then(async () => {
          left.add(name, memory(target.pid).rss / 1024);
          await target.stop();
        }),
      );
    }
    await Promise.all(waiting);
  }
  return [rss, own, held, left].map((rounds) => rounds.metric());
}

async function withStreams(bench: Bench, target: Target) {
  const request = benchRequest({ size: 1_000, session: SESSION });
  const bytes = message(request, target.port);
  await bench.plan(WHOLE_ANSWER);
  for (let i = 0; i < WARM_UP; i++) await exchangeOnce(target.port, bytes);
  const rest = memory(target.pid);

  await bench.plan(SILENT);
  const streams = await openStreams(target.port, STREAMS, bytes);
  await sleep(SETTLE_MS);
  const { open } = await bench.counts();
  if (open !== STREAMS) throw new Error(`${open} of ${STREAMS} streams open`);
  const used = memory(target.pid);
  streams.close();
  // A silent stream of the upstream ends with its plan.
  await bench.plan(WHOLE_ANSWER);
  return { rest, open: used };
}
