/**
 * What the accounts look like as one pool: for callers who cannot be served,
 * and to find accounts that share one quota. Pure.
 */

import type { PoolState } from "../failure/failure.ts";
import type { Account } from "./account.ts";

/** How soon a caller may ask again when no cooldown tells. */
const SOON = 1000;

/** Why none of `accounts` could be had at `now`. */
export function poolState(
  accounts: readonly Account[],
  now: number,
): PoolState {
  const usable = accounts.filter((account) =>
    account.duplicateOf === undefined && account.status(now).state !== "invalid"
  );
  if (usable.length === 0) return { state: "empty" };

  let spent = true;
  let readyAt = Infinity;
  for (const account of usable) {
    const status = account.status(now);
    spent &&= status.state === "cooling" && status.reason === "quota_exhausted";
    if (status.state === "cooling") readyAt = Math.min(readyAt, status.until);
  }
  if (spent) return { state: "spent", readyAt };
  return {
    state: "busy",
    readyAt: readyAt === Infinity ? now + SOON : readyAt,
  };
}

/**
 * Marks all but the oldest account of each person and workspace: they share
 * one quota, so trying the second after the first is no use.
 */
export function markDuplicates(
  accounts: readonly Account[],
  now: number,
): void {
  const first = new Map<string, Account>();
  for (const account of [...accounts].sort(byAge)) {
    account.duplicateOf = undefined;
    const claims = account.credential?.claims;
    if (claims?.accountId === undefined || claims.userId === undefined) {
      continue;
    }
    // An invalid account serves nobody: its twin must not wait behind it.
    if (account.status(now).state === "invalid") continue;

    const person = `${claims.accountId} ${claims.userId}`;
    const older = first.get(person);
    if (older === undefined) first.set(person, account);
    account.duplicateOf = older?.id;
  }
}

function byAge(a: Account, b: Account): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}
