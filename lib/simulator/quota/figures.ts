/**
 * What upstream shows of a quota, whichever way it shows it: headers, events
 * and the page of usage are made from the same figures, so that they agree.
 */

import { availableOf } from "./reset_credits.ts";
import {
  type Credits,
  hasCredits,
  isSpent,
  type Limit,
  type QuotaState,
} from "./state.ts";
import { resetOf, usedOf, type Window } from "./window.ts";

export interface WindowFigures {
  /** Whole percent; 100 is shown only where 100 is reached. */
  readonly used: number;
  readonly minutes: number;
  /** Seconds since the epoch. */
  readonly resetAt: number;
  readonly resetAfterSeconds: number;
}

export interface LimitFigures {
  readonly id: string;
  readonly model: string | undefined;
  /** By position: primary, secondary, tertiary. */
  readonly windows: readonly WindowFigures[];
  readonly isReached: boolean;
  /** Whether a turn may start. */
  readonly isAllowed: boolean;
}

export interface Figures {
  readonly plan: string;
  readonly limits: readonly LimitFigures[];
  readonly credits: Credits;
  /** Resets to ask for; undefined: unknown. */
  readonly resetCredits: number | undefined;
}

/** Names of positions, as headers and events have them. */
export const PLACES = ["primary", "secondary", "tertiary"] as const;

/** `now` in ms since the epoch. */
export function figuresOf(state: QuotaState, now: number): Figures {
  const { plan, credits, resetCredits, limits } = state;
  return {
    plan,
    limits: limits.map((limit) => limitFigures(limit, hasCredits(state), now)),
    credits,
    resetCredits: resetCredits && availableOf(resetCredits).length,
  };
}

function limitFigures(
  limit: Limit,
  isPaid: boolean,
  now: number,
): LimitFigures {
  const isReached = isSpent(limit, now);
  return {
    id: limit.id,
    model: limit.model,
    windows: limit.windows.map((window) => windowFigures(window, now)),
    isReached,
    isAllowed: !isReached || isPaid,
  };
}

function windowFigures(window: Window, now: number): WindowFigures {
  const resetAt = resetOf(window, now) / 1000;
  return {
    used: Math.floor(usedOf(window, now)),
    minutes: window.minutes,
    resetAt,
    resetAfterSeconds: resetAt - Math.floor(now / 1000),
  };
}
