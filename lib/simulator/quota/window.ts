/**
 * One window of a limit. Its time begins with the first use after the last one
 * has ended; until then nothing is used and its reset slides along.
 *
 * Pure: every function makes a new window. `now` in ms since the epoch.
 */

import { costOf, type WindowOptions } from "./plans.ts";

export interface Window {
  readonly minutes: number;
  /** Percent points that each request takes. */
  readonly cost: number;
  /** In percent; may exceed 100. Counts only while the window is running. */
  readonly used: number;
  /** In ms, whole seconds; undefined for a window that is not running. */
  readonly resetsAt: number | undefined;
}

export const FULL = 100;

const MINUTE_MS = 60_000;

export function newWindow(options: WindowOptions, now: number): Window {
  const { minutes, used = 0, leftMs, cost = costOf(minutes) } = options;
  const window: Window = { minutes, cost, used: 0, resetsAt: undefined };
  if (used === 0 && leftMs === undefined) return window;
  const resetsAt = leftMs === undefined
    ? wholeSeconds(now) + lengthOf(window)
    : wholeSeconds(now + leftMs);
  return { ...window, used, resetsAt };
}

export function isRunning({ resetsAt }: Window, now: number): boolean {
  return resetsAt !== undefined && now < resetsAt;
}

/** In percent. */
export function usedOf(window: Window, now: number): number {
  return isRunning(window, now) ? window.used : 0;
}

/** Of a window that is not running: as if its first use were now. */
export function resetOf(window: Window, now: number): number {
  const { resetsAt } = window;
  return resetsAt !== undefined && isRunning(window, now)
    ? resetsAt
    : wholeSeconds(now) + lengthOf(window);
}

export function charged(window: Window, now: number, times = 1): Window {
  return withUsed(window, usedOf(window, now) + times * window.cost, now);
}

/** Starts a window that is not running. */
export function withUsed(window: Window, used: number, now: number): Window {
  const resetsAt = resetOf(window, now);
  return { ...window, used: withoutDust(used), resetsAt };
}

/** An off-schedule reset; with `keepAnchor` the time of its end stays. */
export function resetWindow(window: Window, keepAnchor: boolean): Window {
  const resetsAt = keepAnchor ? window.resetsAt : undefined;
  return { ...window, used: 0, resetsAt };
}

function lengthOf({ minutes }: Window): number {
  return minutes * MINUTE_MS;
}

/** Answers show whole seconds; a reset must not come after the shown one. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

/** A sum of a thousand tenths must reach 100. */
function withoutDust(used: number): number {
  return Math.round(used * 1e6) / 1e6;
}
