/**
 * What an account may use, as it stands at one moment: its limits with their
 * windows, its credits, and the resets that it may ask for.
 *
 * Data and pure functions. `now` in ms since the epoch.
 */

import type { ResetCredit } from "./reset_credits.ts";
import { FULL, usedOf, type Window } from "./window.ts";

/** The limit of models that have none of their own. */
export const USUAL_LIMIT = "codex";

export interface Limit {
  /** Such as `codex` or `codex_bengalfox`. */
  readonly id: string;
  /** The model that it is for; undefined for the usual limit. */
  readonly model: string | undefined;
  /** What a refusal calls it: usually its id. */
  readonly activeLimit: string;
  /** By position: primary, secondary, tertiary. */
  readonly windows: readonly Window[];
}

export interface Credits {
  readonly hasCredits: boolean;
  readonly unlimited: boolean;
  readonly balance: string;
}

export interface QuotaState {
  readonly plan: string;
  /** The usual limit first. */
  readonly limits: readonly Limit[];
  readonly credits: Credits;
  /** Undefined: unknown, which is not none. */
  readonly resetCredits: readonly ResetCredit[] | undefined;
}

export const NO_CREDITS: Credits = {
  hasCredits: false,
  unlimited: false,
  balance: "0",
};

/** The limit that a turn of this model is charged to and judged by. */
export function limitOfModel(
  { limits }: QuotaState,
  model: string | undefined,
): Limit | undefined {
  return limits.find((limit) =>
    limit.model !== undefined && limit.model === model
  ) ?? limits.find(({ id }) => id === USUAL_LIMIT);
}

export function isSpent({ windows }: Limit, now: number): boolean {
  return windows.some((window) => usedOf(window, now) >= FULL);
}

/** Whether credits serve an account whose windows are spent. */
export function hasCredits({ credits }: QuotaState): boolean {
  return credits.hasCredits || credits.unlimited;
}

export type WindowChange = (window: Window, place: number) => Window;

/** The state with every window of the limit, or of all limits, changed. */
export function withWindows(
  state: QuotaState,
  change: WindowChange,
  id?: string,
): QuotaState {
  const limits = state.limits.map((limit) =>
    id !== undefined && limit.id !== id
      ? limit
      : { ...limit, windows: limit.windows.map(change) }
  );
  return { ...state, limits };
}
