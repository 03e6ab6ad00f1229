/**
 * Resets that a person may ask for: `GET wham/rate-limit-reset-credits` and the
 * `POST` to its `consume` (docs/client.md, "Limits"). Not from a capture.
 *
 * Pure; `quota.ts` carries a reset out.
 */

import type { JsonObject } from "../../protocol/json.ts";

export interface ResetCredit {
  readonly id: string;
  /** In ms since the epoch. */
  readonly grantedAt: number;
  /** Of the request that took it; undefined while it is available. */
  readonly redeemedBy: string | undefined;
}

export type Redemption =
  | "reset"
  | "nothing_to_reset"
  | "no_credit"
  | "already_redeemed";

export function newResetCredits(
  count: number,
  now: number,
): readonly ResetCredit[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `reset_credit_${index + 1}`,
    grantedAt: now,
    redeemedBy: undefined,
  }));
}

export function availableOf(
  credits: readonly ResetCredit[] = [],
): readonly ResetCredit[] {
  return credits.filter(({ redeemedBy }) => redeemedBy === undefined);
}

export function resetCreditsPage(
  credits: readonly ResetCredit[] = [],
): JsonObject {
  return {
    available_count: availableOf(credits).length,
    credits: credits.map(({ id, grantedAt, redeemedBy }) => ({
      id,
      reset_type: "rate_limit",
      status: redeemedBy === undefined ? "available" : "redeemed",
      granted_at: new Date(grantedAt).toISOString(),
      expires_at: null,
      title: "Rate limit reset",
      description: "Resets your usage limits once.",
    })),
    total_earned_count: credits.length,
  };
}

export interface CreditRequest {
  /** A second request with the same id takes nothing. */
  readonly requestId: string;
  /** Undefined: any credit. */
  readonly creditId: string | undefined;
}

/** The credit that a request takes, or why it takes none. */
export function creditToTake(
  credits: readonly ResetCredit[] = [],
  { requestId, creditId }: CreditRequest,
): ResetCredit | Exclude<Redemption, "reset" | "nothing_to_reset"> {
  if (credits.some(({ redeemedBy }) => redeemedBy === requestId)) {
    return "already_redeemed";
  }
  return availableOf(credits).find(({ id }) =>
    creditId === undefined || id === creditId
  ) ?? "no_credit";
}
