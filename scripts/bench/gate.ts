/**
 * The gate: CPU time of the gateway by that of the bare relay, against the
 * limits. Needs neither nginx nor wrk nor root.
 *
 * A ratio of CPU times within a round depends little on the machine and on what
 * else it does. Times, rates and memory do, so they are not judged here.
 */
import type { Bench } from "./bench.ts";
import {
  GATE_FIGURES,
  GATE_MODES,
  type GateFigure,
  pastLimits,
} from "./gate_limits.ts";
import { FLOOD, loopBlock } from "./loop_block.ts";
import { pacedBlock } from "./paced_block.ts";
import { WHOLE_ANSWER } from "./plan.ts";
import { figuresTable, printLine, ratiosTable } from "./report.ts";
import { type Metric, Rounds } from "./rounds.ts";
import { inTurn, type Target } from "./target.ts";

const ROUNDS = 5;
const LOOP_SECONDS = 0.5;
const PACED_MS = 500;

/** CPU seconds of what the figure counts, such as one request. */
const MEASURE: Readonly<
  Record<GateFigure, (bench: Bench, target: Target) => Promise<number>>
> = {
  "CPU per request": async (bench, target) => {
    await bench.plan(WHOLE_ANSWER);
    const block = await loopBlock(bench, target, LOOP_SECONDS, "sockets");
    return block.cpuSecondsPerRequest;
  },
  "CPU per event, paced": async (bench, target) =>
    (await pacedBlock(bench, target, PACED_MS)).cpuSecondsPerEvent,
  "CPU per event, flood": async (bench, target) => {
    await bench.plan(FLOOD);
    const block = await loopBlock(bench, target, LOOP_SECONDS, "sockets");
    return block.cpuSecondsPerEvent;
  },
};

/** True if all limits are kept. Prints the figures, and what is not kept. */
export async function gate(bench: Bench): Promise<boolean> {
  const targets = await bench.startAll(["relay", ...GATE_MODES]);
  let past = pastLimits(await measured(bench, targets));
  if (past.length > 0) {
    printLine(`${past.join("\n")}\nThe second measurement decides`);
    past = pastLimits(await measured(bench, targets));
  }
  for (const target of targets) await target.stop();
  printLine(past.length === 0 ? "All limits are kept" : past.join("\n"));
  return past.length === 0;
}

async function measured(
  bench: Bench,
  targets: readonly Target[],
): Promise<readonly Metric[]> {
  const lines = GATE_FIGURES.map((figure) => ({
    measure: MEASURE[figure],
    rounds: new Rounds(figure, "µs"),
  }));
  // The first round warms up.
  for (let round = -1; round < ROUNDS; round++) {
    for (const target of inTurn(targets, round + 1)) {
      for (const { measure, rounds } of lines) {
        const seconds = await measure(bench, target);
        if (round >= 0) rounds.add(target.name, seconds * 1e6);
      }
    }
  }
  const metrics = lines.map(({ rounds }) => rounds.metric());
  printLine(`\n${figuresTable(metrics)}\n\n${ratiosTable(metrics)}\n`);
  return metrics;
}
