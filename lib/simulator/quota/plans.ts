/**
 * The windows of each plan, in their positions: the first is the primary one,
 * whatever its length (docs/client.md, "Limits").
 */

const HOUR = 60;
const DAY = 24 * HOUR;

/** A window as a test sets it. */
export interface WindowOptions {
  readonly minutes: number;
  /** In percent. A window of which something is used is running. Default: 0. */
  readonly used?: number;
  /**
   * Until its reset, in ms; a window with this is running. Default: its whole
   * length.
   */
  readonly leftMs?: number;
  /** Percent points that each request takes. Default: `costOf(minutes)`. */
  readonly cost?: number;
}

const PLANS: ReadonlyMap<string, readonly number[]> = new Map([
  ["plus", [5 * HOUR, 7 * DAY]],
  ["pro", [7 * DAY]],
  ["team", [7 * DAY]],
  ["free", [30 * DAY]],
  ["go", [30 * DAY]],
]);

/** `used`: percent of each window, by position. Throws for an unknown plan. */
export function windowsOfPlan(
  plan: string,
  used: readonly number[] = [],
): readonly WindowOptions[] {
  const lengths = PLANS.get(plan);
  if (lengths === undefined) {
    throw new Error(`The plan "${plan}" has no windows that are known`);
  }
  return lengths.map((minutes, place) => ({ minutes, used: used[place] ?? 0 }));
}

/** A window of hours goes down faster than a week; the figures are guesses. */
export function costOf(minutes: number): number {
  return minutes < DAY ? 1 : 0.15;
}
