/**
 * The two clocks of this process, and how long ago something was.
 *
 * A person, or a time server, may set the clock that tells the time; the one
 * that is never set stands still while the machine sleeps. Neither alone says
 * how old a thing is.
 */

export interface Clock {
  /** Milliseconds since the epoch. May jump, either way. */
  readonly now: () => number;
  /** Milliseconds awake since the start. Never goes back, never jumps. */
  readonly elapsed: () => number;
}

/** A moment by both clocks. */
export interface Moment {
  readonly now: number;
  readonly elapsed: number;
}

export function momentOf(clock: Clock): Moment {
  return { now: clock.now(), elapsed: clock.elapsed() };
}

/**
 * Whether what began at `since` and takes `ms` still goes on, for times that
 * only the clock on the wall tells. A beginning that is still to come is of a
 * clock that was turned back since: nobody knows, and it is over.
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
 * How many milliseconds ago that was, by the clock that says more: the one has
 * missed a sleep, or the other was turned back.
 */
export function ageOf({ now, elapsed }: Moment, clock: Clock): number {
  return Math.max(clock.now() - now, clock.elapsed() - elapsed);
}
