/** How a test describes a quota, and the state that it begins with. */

import { type WindowOptions, windowsOfPlan } from "./plans.ts";
import { newResetCredits } from "./reset_credits.ts";
import {
  type Credits,
  type Limit,
  NO_CREDITS,
  type QuotaState,
  USUAL_LIMIT,
} from "./state.ts";
import { newWindow } from "./window.ts";

export interface QuotaOptions {
  /** Default: the plan in the account's tokens. */
  readonly plan?: string;
  /** Of the usual limit. Default: those of the plan. */
  readonly windows?: readonly WindowOptions[];
  /** Besides the usual one. */
  readonly limits?: readonly LimitOptions[];
  readonly credits?: Partial<Credits>;
  /** How many resets a person may ask for. Default: unknown. */
  readonly resetCredits?: number;
}

/** A limit of one model, with windows of its own. */
export interface LimitOptions {
  /** Such as `codex_bengalfox`. */
  readonly id: string;
  readonly model: string;
  readonly windows: readonly WindowOptions[];
  /** What a refusal calls it; `premium` has been seen. Default: its id. */
  readonly activeLimit?: string;
}

/** `now` in ms since the epoch. Throws for a plan without known windows. */
export function newState(
  options: QuotaOptions & { readonly plan: string },
  now: number,
): QuotaState {
  const { plan, windows = windowsOfPlan(plan), limits = [] } = options;
  const usual = { id: USUAL_LIMIT, model: undefined, windows };
  return {
    plan,
    limits: [usual, ...limits].map((limit) => newLimit(limit, now)),
    credits: { ...NO_CREDITS, ...options.credits },
    resetCredits: options.resetCredits === undefined
      ? undefined
      : newResetCredits(options.resetCredits, now),
  };
}

function newLimit(
  { id, model, windows, activeLimit = id }:
    & Omit<LimitOptions, "model">
    & Pick<Limit, "model">,
  now: number,
): Limit {
  return {
    id,
    model,
    activeLimit,
    windows: windows.map((window) => newWindow(window, now)),
  };
}
