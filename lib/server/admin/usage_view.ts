/** The ledger as `GET /admin/usage` shows it. Pure. */
import type { Account } from "../../accounts/pool/account.ts";
import { USAGE_DAYS } from "../../limits.ts";
import { type Figures, folded, type UsageRow } from "../../usage/figures.ts";
import { accountsByOwner } from "../../usage/owner.ts";

export interface UsageView {
  readonly days: readonly UsageRowView[];
}

/** What an account has used of a model on one day. */
export interface UsageRowView extends Figures {
  /** `YYYY-MM-DD`, in the gateway's local time. */
  readonly day: string;
  /** The id; null: the account is not there any more. */
  readonly account: string | null;
  readonly label: string | null;
  readonly model: string;
}

/** How many days are shown if nobody says otherwise. */
export const USUAL_DAYS = 7;

/** Reads `--days` and `days=`; undefined if it is not from 1 to 90. */
export function readDayCount(text: string): number | undefined {
  const days = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  return days >= 1 && days <= USAGE_DAYS ? days : undefined;
}

export function usageView(
  rows: readonly UsageRow[],
  accounts: readonly Account[],
): UsageView {
  const byOwner = accountsByOwner(accounts);
  const views = rows.map(({ day, owner, model, ...figures }): UsageRowView => {
    const { id = null, label = null } = byOwner.get(owner) ?? {};
    return { day, account: id, label, model, ...figures };
  });
  // Accounts that are gone are not told apart.
  const days = folded(
    views,
    ({ day, account, model }) => JSON.stringify([day, account, model]),
  );
  return { days };
}
