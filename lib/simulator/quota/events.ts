/**
 * Figures as `codex.rate_limits` events, one for each limit (docs/client.md,
 * "Limits").
 */

import type { JsonObject } from "../../protocol/json.ts";
import type { TurnEvent } from "../model/events.ts";
import { type Figures, type LimitFigures, PLACES } from "./figures.ts";

export function quotaEvents(figures: Figures): readonly TurnEvent[] {
  const { plan, limits, credits } = figures;
  return limits.map((limit) => ({
    type: "codex.rate_limits",
    plan_type: plan,
    rate_limits: windowsOf(limit),
    code_review_rate_limits: null,
    additional_rate_limits: null,
    credits: {
      has_credits: credits.hasCredits,
      unlimited: credits.unlimited,
      balance: credits.balance,
    },
    promo: null,
    metered_limit_name: limit.id,
    // The recorded events have no model here.
    limit_name: limit.id,
  }));
}

/** The two usual positions are always there. */
function windowsOf(
  { windows, isAllowed, isReached }: LimitFigures,
): JsonObject {
  const shown = windows.map((window, place) => [PLACES[place], {
    used_percent: window.used,
    window_minutes: window.minutes,
    reset_after_seconds: window.resetAfterSeconds,
    reset_at: window.resetAt,
  }]);
  return {
    allowed: isAllowed,
    limit_reached: isReached,
    primary: null,
    secondary: null,
    ...Object.fromEntries(shown),
  };
}
