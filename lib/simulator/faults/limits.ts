/**
 * The limits of an account without windows, whose figures are fixed: the
 * `x-codex-*` headers of an answer, the refusal of a spent account, and the
 * figures of `wham/usage` (docs/client.md, "Limits"). Real windows are in
 * `quota/`.
 */

import { STATUS_CODE } from "@std/http";
import type { HeaderLine } from "../../protocol/headers.ts";
import type { StatusFault } from "./faults.ts";
import { refusal } from "./refusals.ts";

const HOUR_S = 3600;

/** How much of an account's two windows is used, in percent. */
export interface UsedPercent {
  readonly primary: number;
  readonly secondary: number;
}

/** The limit headers in their recorded order. `now` in ms. */
export function limitHeaders(
  plan: string,
  used: UsedPercent,
  now: number,
): readonly HeaderLine[] {
  const { primaryResetAt, secondaryResetAt } = resets(now);
  return [
    ["x-codex-plan-type", plan],
    ["x-codex-primary-used-percent", String(used.primary)],
    ["x-codex-secondary-used-percent", String(used.secondary)],
    ["x-codex-primary-window-minutes", "300"],
    ["x-codex-secondary-window-minutes", "10080"],
    ["x-codex-primary-reset-at", String(primaryResetAt)],
    ["x-codex-secondary-reset-at", String(secondaryResetAt)],
    ["x-codex-credits-has-credits", "False"],
    ["x-codex-credits-unlimited", "False"],
    ["x-codex-credits-balance", ""],
  ];
}

/** 429 of a spent account, as recorded; `resetsAt` and `now` in ms. */
export function usageLimitReached(
  { now, resetsAt, plan = "plus" }: {
    readonly now: number;
    readonly resetsAt: number;
    readonly plan?: string;
  },
): StatusFault {
  const error = {
    type: "usage_limit_reached",
    message: "The usage limit has been reached",
    plan_type: plan,
    resets_at: Math.floor(resetsAt / 1000),
    resets_in_seconds: Math.ceil((resetsAt - now) / 1000),
    eligible_promo: null,
  };
  const headers = limitHeaders(plan, { primary: 100, secondary: 40 }, now)
    .map(([name, value]): HeaderLine =>
      name === "x-codex-primary-reset-at"
        ? [name, String(error.resets_at)]
        : [name, value]
    );
  return refusal(STATUS_CODE.TooManyRequests, { error }, headers);
}

/** The windows as `wham/usage` shows them. */
export function usageWindows(used: UsedPercent, now: number): unknown {
  const { primaryResetAt, secondaryResetAt } = resets(now);
  return {
    allowed: true,
    limit_reached: false,
    primary_window: {
      used_percent: used.primary,
      limit_window_seconds: 5 * HOUR_S,
      reset_after_seconds: 2.5 * HOUR_S,
      reset_at: primaryResetAt,
    },
    secondary_window: {
      used_percent: used.secondary,
      limit_window_seconds: 7 * 24 * HOUR_S,
      reset_after_seconds: 300_000,
      reset_at: secondaryResetAt,
    },
  };
}

/** The windows as a `codex.rate_limits` event shows them. */
export function limitWindows(used: UsedPercent, now: number): unknown {
  const { primaryResetAt, secondaryResetAt } = resets(now);
  return {
    allowed: true,
    limit_reached: false,
    primary: {
      used_percent: used.primary,
      window_minutes: 300,
      reset_after_seconds: 2.5 * HOUR_S,
      reset_at: primaryResetAt,
    },
    secondary: {
      used_percent: used.secondary,
      window_minutes: 10080,
      reset_after_seconds: 300_000,
      reset_at: secondaryResetAt,
    },
  };
}

/** Unix seconds. */
function resets(now: number) {
  const seconds = Math.floor(now / 1000);
  return {
    primaryResetAt: seconds + 2.5 * HOUR_S,
    secondaryResetAt: seconds + 300_000,
  };
}
