/** Plays every case: each policy over each pool, at each load. */
import type { PolicyName } from "../../lib/policy/input.ts";
import { type PoolName, POOLS } from "./cases.ts";
import { demandOf } from "./demand.ts";
import type { Options } from "./options.ts";
import { type Figures, play } from "./play.ts";
import { WEEKS_OF_YEAR } from "./time.ts";

/** The means over all seeds. */
export interface Row extends Figures {
  readonly pool: PoolName;
  readonly load: number;
  readonly policy: PolicyName;
}

export function playAll(options: Options): readonly Row[] {
  const { pools, loads } = options;
  return pools.flatMap((pool) =>
    loads.flatMap((load) => playCase({ pool, load }, options))
  );
}

function playCase(
  { pool, load }: { readonly pool: PoolName; readonly load: number },
  { seeds, policies, stickiness }: Options,
): readonly Row[] {
  const plans = POOLS[pool];
  const allowance = plans.reduce((all, { week }) => all + week, 0);
  const demands = seeds.map((seed) => ({
    seed,
    demand: demandOf({ seed, allowance, load }),
  }));
  return policies.map((policy) => {
    const years = demands.map(({ seed, demand }) =>
      play(demand, plans, { policy, stickiness, seed, weeks: WEEKS_OF_YEAR })
    );
    return { pool, load, policy, ...means(years) };
  });
}

function means(years: readonly Figures[]): Figures {
  const mean = (of: (figures: Figures) => number) =>
    years.reduce((all, year) => all + of(year), 0) / years.length;
  return {
    requests: mean(({ requests }) => requests),
    refused: mean(({ refused }) => refused),
    days: mean(({ days }) => days),
    waste: mean(({ waste }) => waste),
    standstill: mean(({ standstill }) => standstill),
    extra: mean(({ extra }) => extra),
    moves: mean(({ moves }) => moves),
  };
}
