/**
 * The accounts as one pool: why a caller cannot be served, and which accounts
 * share one quota. Knows no clock and touches no disk.
 */

import type { PoolState } from "../../failure/failure.ts";
import { NO_COOLDOWN_WAIT_MS } from "../../limits.ts";
import type { Account } from "./account.ts";
import { issuedAt, personIn, personOf } from "./person.ts";

/** Why no account is available at `now`, for turns or a side route. */
export function poolState(
  accounts: readonly Account[],
  now: number,
  sideRoute?: string,
): PoolState {
  const usable = accounts.filter((account) => {
    const { state } = account.state(now);
    return state !== "duplicate" && state !== "invalid";
  });
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
    readyAt: readyAt === Infinity ? now + NO_COOLDOWN_WAIT_MS : readyAt,
  };
}

/**
 * Marks all but one account of each person and workspace as duplicates: they
 * share one quota, so a failover between them is useless. The account with the
 * latest tokens serves, because the other may hold a spent one; if they are
 * equal, the oldest account serves.
 */
export function markDuplicates(accounts: readonly Account[]): void {
  const first = new Map<string, Account>();
  for (const account of [...accounts].sort(byLatest)) {
    account.standsBehind(undefined);
    // A rejected access token still names its owner.
    const person = personOf(account.credential?.claims ?? {}) ??
      personIn(account.file);
    if (person === undefined) continue;
    // An invalid account cannot serve, so it must not hold back another.
    if (account.isInvalid) continue;

    const serving = first.get(person);
    if (serving === undefined) first.set(person, account);
    account.standsBehind(serving);
  }
}

function byLatest(a: Account, b: Account): number {
  return issued(b) - issued(a) || a.createdAt - b.createdAt ||
    (a.id < b.id ? -1 : 1);
}

function issued({ credential, file }: Account): number {
  return credential?.claims.issuedAt ?? issuedAt(file) ?? 0;
}
