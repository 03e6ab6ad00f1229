/**
 * What the accounts look like as one pool: for callers who cannot be served,
 * and to find accounts that share one quota. Pure.
 */

import type { PoolState } from "../failure/failure.ts";
import type { Account } from "./account.ts";
import { issuedAt, personIn, personOf } from "./person.ts";

/** How soon a caller may ask again when no cooldown tells. */
const SOON = 1000;

/** Why none of `accounts` could be had at `now`, for turns or a side route. */
export function poolState(
  accounts: readonly Account[],
  now: number,
  sideRoute?: string,
): PoolState {
  const usable = accounts.filter((account) =>
    account.duplicateOf === undefined && account.status(now).state !== "invalid"
  );
  if (usable.length === 0) return { state: "empty" };

  let spent = true;
  let readyAt = Infinity;
  for (const account of usable) {
    const status = account.status(now, sideRoute);
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
 * Marks all but one account of each person and workspace: they share one quota,
 * so trying the second after the first is no use. The one with the latest
 * tokens serves, else the oldest: the other may hold what that one has spent.
 */
export function markDuplicates(
  accounts: readonly Account[],
  now: number,
): void {
  const first = new Map<string, Account>();
  for (const account of [...accounts].sort(byLatest)) {
    account.duplicateOf = undefined;
    // An access token that was rejected still says whose it is.
    const person = personOf(account.credential?.claims ?? {}) ??
      personIn(account.file);
    if (person === undefined) continue;
    // An invalid account serves nobody: its twin must not wait behind it.
    if (account.status(now).state === "invalid") continue;

    const serving = first.get(person);
    if (serving === undefined) first.set(person, account);
    account.duplicateOf = serving?.id;
  }
}

function byLatest(a: Account, b: Account): number {
  return issued(b) - issued(a) || a.createdAt - b.createdAt ||
    (a.id < b.id ? -1 : 1);
}

function issued({ credential, file }: Account): number {
  return credential?.claims.issuedAt ?? issuedAt(file) ?? 0;
}
