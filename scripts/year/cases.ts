/** The pools and loads that are played, and what `quota` has to reach there. */
import type { Plan } from "./account.ts";

const PLUS: Plan = { week: 1, short: 0.15 };
const PRO: Plan = { week: 5, short: undefined };
const ONLY_WEEK: Plan = { week: 1, short: undefined };

export const POOLS = {
  weekly3: [ONLY_WEEK, ONLY_WEEK, ONLY_WEEK],
  plus3: [PLUS, PLUS, PLUS],
  mixed: [PLUS, PLUS, PRO],
} as const satisfies Readonly<Record<string, readonly Plan[]>>;

export type PoolName = keyof typeof POOLS;

export const POOL_NAMES: readonly PoolName[] = ["weekly3", "plus3", "mixed"];

export const LOADS = [0.6, 0.8, 1] as const;

/** Those that the goals were made for. */
export const SEEDS = [21, 22, 23, 24] as const;

/** Percent of requests refused at most, at each of the loads. */
export const REFUSED_GOALS: Readonly<Record<PoolName, readonly number[]>> = {
  weekly3: [3.5, 8.3, 19],
  plus3: [7.3, 12.9, 23.8],
  mixed: [4.2, 10.5, 20],
};

/** Per 1,000 requests, in each case. */
export const MOVES_GOAL = 9;
