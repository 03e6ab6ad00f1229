/**
 * What an account's answers show of its limits: its windows, or the fixed
 * figures of an account without any. `now` in ms since the epoch.
 */

import type { HeaderLine } from "../../protocol/headers.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { limitHeaders, limitWindows, usageWindows } from "../faults/limits.ts";
import type { TurnEvent } from "../model/events.ts";
import { quotaEvents } from "../quota/events.ts";
import { quotaHeaders } from "../quota/headers.ts";
import { usagePage } from "../quota/page.ts";
import type { SimulatedAccount } from "./account.ts";

/** Of a turn's answer, and of a websocket's 101. */
export function turnLimitHeaders(
  { quota, plan, usedPercent }: SimulatedAccount,
  now: number,
): readonly HeaderLine[] {
  return quota === undefined
    ? limitHeaders(plan, usedPercent, now)
    : quotaHeaders(quota.figures());
}

/** Of any other answer: only real windows are shown there. */
export function otherLimitHeaders(
  { quota }: SimulatedAccount,
): readonly HeaderLine[] {
  return quota === undefined ? [] : quotaHeaders(quota.figures());
}

export function limitEvents(
  { quota, plan, usedPercent }: SimulatedAccount,
  now: number,
): readonly TurnEvent[] {
  if (quota !== undefined) return quotaEvents(quota.figures());
  return [{
    type: "codex.rate_limits",
    plan_type: plan,
    rate_limits: limitWindows(usedPercent, now),
    code_review_rate_limits: null,
    additional_rate_limits: null,
    credits: { has_credits: false, unlimited: false, balance: "0" },
    promo: null,
    metered_limit_name: "codex",
    limit_name: "codex",
  }];
}

export function usagePageOf(
  account: SimulatedAccount,
  now: number,
): JsonObject {
  const { quota, userId, accountId, identity: { email } } = account;
  if (quota !== undefined) {
    return usagePage(quota.pageFigures(), { userId, accountId, email });
  }
  return {
    user_id: userId,
    account_id: accountId,
    email,
    plan_type: account.plan,
    rate_limit: usageWindows(account.usedPercent, now),
    code_review_rate_limit: null,
    additional_rate_limits: null,
    credits: {
      has_credits: false,
      unlimited: false,
      overage_limit_reached: false,
      balance: "0",
      approx_local_messages: [0, 0],
      approx_cloud_messages: [0, 0],
    },
    spend_control: { reached: false, individual_limit: null },
    rate_limit_reached_type: null,
    promo: null,
  };
}
