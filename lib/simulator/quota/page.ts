/**
 * Figures as the page of usage, `GET wham/usage` (docs/client.md, "Limits").
 */

import type { JsonObject } from "../../protocol/json.ts";
import { type Figures, type LimitFigures, PLACES } from "./figures.ts";
import { USUAL_LIMIT } from "./state.ts";

/** Whose page it is. */
export interface PageOwner {
  readonly userId: string;
  readonly accountId: string;
  readonly email: string;
}

export function usagePage(
  { plan, limits, credits, resetCredits }: Figures,
  { userId, accountId, email }: PageOwner,
): JsonObject {
  const usual = limits.find(({ id }) => id === USUAL_LIMIT);
  const others = limits.filter((limit) => limit !== usual);
  return {
    user_id: userId,
    account_id: accountId,
    email,
    plan_type: plan,
    rate_limit: usual === undefined ? null : windowsOf(usual),
    code_review_rate_limit: null,
    additional_rate_limits: others.length === 0 ? null : others.map(additional),
    credits: {
      has_credits: credits.hasCredits,
      unlimited: credits.unlimited,
      overage_limit_reached: false,
      balance: credits.balance,
      approx_local_messages: [0, 0],
      approx_cloud_messages: [0, 0],
    },
    spend_control: { reached: false, individual_limit: null },
    rate_limit_reached_type: usual?.isAllowed === false
      ? { type: "rate_limit_reached" }
      : null,
    rate_limit_reset_credits: resetCredits === undefined
      ? null
      : { available_count: resetCredits },
    promo: null,
  };
}

function additional(limit: LimitFigures): JsonObject {
  return {
    limit_name: limit.model ?? limit.id,
    metered_feature: limit.id,
    rate_limit: windowsOf(limit),
  };
}

/** Null for a limit without windows. */
function windowsOf(
  { windows, isAllowed, isReached }: LimitFigures,
): JsonObject | null {
  if (windows.length === 0) return null;
  const shown = windows.map((window, place) => [`${PLACES[place]}_window`, {
    used_percent: window.used,
    limit_window_seconds: window.minutes * 60,
    reset_after_seconds: window.resetAfterSeconds,
    reset_at: window.resetAt,
  }]);
  return {
    allowed: isAllowed,
    limit_reached: isReached,
    primary_window: null,
    secondary_window: null,
    ...Object.fromEntries(shown),
  };
}
