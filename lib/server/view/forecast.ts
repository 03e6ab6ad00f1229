/**
 * How long what is left will last, at the pace of the window so far. Pure.
 *
 * A pace is what was used since the window began, divided by that time. It is
 * worth a word only when enough was used in enough time.
 */
import type { Window } from "../../quota/quota.ts";
import { isRunning, left, lengthOf, rest } from "../../policy/windows.ts";

/** What an account or the pool has, as far as a forecast needs it. */
export interface Stock {
  /** The week, or what stands for it; undefined: nothing is known. */
  readonly window: Window | undefined;
  /** What its plan allows, next to other accounts. */
  readonly weight: number;
  /** Percent that new turns leave to its owner. */
  readonly keep: number;
}

export interface Forecast {
  /** `lasts`: until its reset, or the resets of all accounts. */
  readonly kind: "lasts" | "used_up";
  /** About when it is used up, or resets; milliseconds since the epoch. */
  readonly at: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A pace of less says nothing. */
const LEAST_USED = 5;
const LEAST_MS = 2 * HOUR_MS;

/**
 * All stocks as one: what expires first is used first, as the policy `quota`
 * would. Undefined if nothing can be said. `now` in ms since the epoch.
 */
export function forecastOf(
  stocks: readonly Stock[],
  now: number,
): Forecast | undefined {
  // In steps, so that the words stay the same while nothing happens.
  const then = Math.floor(now / STEP_MS) * STEP_MS;
  const known = stocks.map((stock) => tankOf(stock, then));
  const tanks = known.filter((tank) => tank !== undefined);
  if (tanks.length === 0 || tanks.length < stocks.length) return undefined;
  const pace = sum(tanks.map((tank) => tank.pace));
  if (!tanks.some(({ tells }) => tells) || pace <= 0) return undefined;

  const queue = tanks.toSorted((a, b) => a.resetsAt - b.resetsAt);
  let at = then;
  for (const tank of [...queue]) {
    const spare = sum(queue.map((one) => one.left));
    const need = pace * (tank.resetsAt - at);
    if (need > spare) {
      return { kind: "used_up", at: rounded(at + spare / pace, then) };
    }
    drain(queue, need);
    tank.left = tank.full;
    queue.push(...queue.splice(0, 1));
    at = tank.resetsAt;
  }
  return { kind: "lasts", at };
}

const STEP_MS = 10 * MINUTE_MS;

/** What one account has left, counted by its plan. */
interface Tank {
  left: number;
  /** After its reset. */
  readonly full: number;
  readonly pace: number;
  readonly resetsAt: number;
  /** Whether its pace is worth a word. */
  readonly tells: boolean;
}

function tankOf(
  { window, weight, keep }: Stock,
  now: number,
): Tank | undefined {
  if (window === undefined) return undefined;
  const spare = Math.max(0, rest(window, now) - keep) * weight;
  const full = (100 - keep) * weight;
  const resetsAt = now + left(window, now);
  if (!isRunning(window, now)) {
    return { left: spare, full, pace: 0, resetsAt, tells: false };
  }
  const ms = lengthOf(window) - left(window, now);
  const used = 100 - rest(window, now);
  return {
    left: spare,
    full,
    pace: ms > 0 ? used * weight / ms : 0,
    resetsAt,
    tells: used >= LEAST_USED && ms >= LEAST_MS && rest(window, now) > keep,
  };
}

function drain(tanks: readonly Tank[], amount: number): void {
  let due = amount;
  for (const tank of tanks) {
    const part = Math.min(tank.left, due);
    tank.left -= part;
    due -= part;
  }
}

/** Nobody knows it to the minute: to ten minutes, or far away to the hour. */
function rounded(at: number, now: number): number {
  const step = at - now > 12 * HOUR_MS ? HOUR_MS : STEP_MS;
  return Math.round(at / step) * step;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
