/**
 * The two clocks of this process, and how long ago something was.
 *
 * The clock that tells the time may be set, by a person or a time server. The
 * other one is never set, but stands still while the machine sleeps. So neither
 * alone tells how long ago something was.
 */

export interface Clock {
  /** Milliseconds since the epoch. May jump forwards or back. */
  readonly now: () => number;
  /** Milliseconds since the start, without sleep. Never jumps or goes back. */
  readonly elapsed: () => number;
}

/** A moment, by both clocks. */
export interface Moment {
  readonly now: number;
  readonly elapsed: number;
}

export function momentOf(clock: Clock): Moment {
  return { now: clock.now(), elapsed: clock.elapsed() };
}

/**
 * Whether something that began at `since` and lasts `ms` still goes on, for
 * times that come from a file or another process. If `since` is in the future,
 * the clock was turned back, and it counts as over.
 */
export function lasts(
  { since, ms, now }: {
    readonly since: number;
    readonly ms: number;
    readonly now: number;
  },
): boolean {
  return since <= now && now - since < ms;
}

/**
 * How long the machine slept between two moments, in milliseconds: only `now`
 * goes on meanwhile. A clock that was set looks the same.
 */
export function sleptMs(before: Moment, after: Moment): number {
  return (after.now - before.now) - (after.elapsed - before.elapsed);
}

/**
 * How many milliseconds ago that was, by the clock that shows more: the other
 * one has missed a sleep or was turned back.
 */
export function ageOf({ now, elapsed }: Moment, clock: Clock): number {
  return Math.max(clock.now() - now, clock.elapsed() - elapsed);
}
