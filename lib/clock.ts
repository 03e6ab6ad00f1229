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
 * How many milliseconds ago that was, by the clock that says more: the one has
 * missed a sleep, or the other was turned back.
 */
export function ageOf({ now, elapsed }: Moment, clock: Clock): number {
  return Math.max(clock.now() - now, clock.elapsed() - elapsed);
}
