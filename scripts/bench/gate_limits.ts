/**
 * How many times the CPU time of the bare relay the gateway may take. The
 * limits are those of docs/performance.md; a test compares them.
 */

import { type Metric, ratiosOf } from "./rounds.ts";
import { median } from "./stats.ts";

export const GATE_LIMITS = {
  "CPU per request": { normalize: 6, passthrough: 5.5 },
  "CPU per event, paced": { normalize: 4, passthrough: 4 },
  "CPU per event, flood": { normalize: 5, passthrough: 5 },
} as const satisfies Record<string, GateLimit>;

export type GateFigure = keyof typeof GATE_LIMITS;

export const GATE_FIGURES = Object.keys(GATE_LIMITS) as readonly GateFigure[];
export const GATE_MODES = ["normalize", "passthrough"] as const;

type GateLimit = Readonly<Record<typeof GATE_MODES[number], number>>;

/** One sentence for each limit that is not kept. */
export function pastLimits(
  metrics: readonly Pick<Metric, "name" | "rounds">[],
): readonly string[] {
  const sentences: string[] = [];
  for (const figure of GATE_FIGURES) {
    const metric = metrics.find(({ name }) => name === figure);
    for (const mode of GATE_MODES) {
      const limit = GATE_LIMITS[figure][mode];
      const ratio = median(ratiosOf(metric?.rounds ?? {}, mode, "relay"));
      // NaN, if nothing was measured, keeps no limit.
      if (ratio <= limit) continue;
      sentences.push(
        `${figure} in mode ${mode} is ${ratio.toFixed(2)} times that of the ` +
          `bare relay; the limit of docs/performance.md is ${limit}`,
      );
    }
  }
  return sentences;
}
