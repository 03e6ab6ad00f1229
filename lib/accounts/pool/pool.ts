/**
 * The accounts as one pool: why a caller cannot be served, and which accounts
 * share one quota. Knows no clock and touches no disk.
 */

import type { PoolState } from "../../failure/failure.ts";
import { NO_COOLDOWN_WAIT_MS } from "../../limits.ts";
import type { AccountView } from "../../policy/input.ts";
import { backAt, isUsable, whyNotNow } from "../../policy/serving.ts";
import type { Account } from "./account.ts";
import { issuedAt, personIn, personOf } from "./person.ts";

/** Why no account is available at `now`. */
export function poolState(
  views: readonly AccountView[],
  now: number,
): PoolState {
  const usable = views.filter(isUsable);
  if (usable.length === 0) return { state: "empty" };
  const inUse = usable.filter(({ paused }) => !paused);
  if (inUse.length === 0) return { state: "paused" };

  // One that is ready has been tried: it says nothing about the time.
  const waits = inUse.map((view) => readyAtOf(view, now))
    .filter((at) => at > now);
  const readyAt = waits.length > 0
    ? Math.min(...waits)
    : now + NO_COOLDOWN_WAIT_MS;
  const isSpentAll = inUse.every((view) => isSpent(view, now));
  return { state: isSpentAll ? "spent" : "busy", readyAt };
}

function isSpent(view: AccountView, now: number): boolean {
  return view.readiness === "ready"
    ? whyNotNow(view, now) !== undefined
    : view.why === "quota_exhausted";
}

function readyAtOf(view: AccountView, now: number): number {
  return view.readiness === "ready"
    ? backAt(view, now)
    : Math.max(now, view.until ?? now);
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
    const person = ownerOf(account);
    if (person === undefined) continue;
    // An invalid account cannot serve, so it must not hold back another.
    if (account.isInvalid) continue;

    const serving = first.get(person);
    if (serving === undefined) first.set(person, account);
    account.standsBehind(serving);
  }
}

/** The person of an account; a rejected access token still names its owner. */
export function ownerOf(account: Account): string | undefined {
  return personOf(account.credential?.claims ?? {}) ?? personIn(account.file);
}

function byLatest(a: Account, b: Account): number {
  return issued(b) - issued(a) || a.createdAt - b.createdAt ||
    (a.id < b.id ? -1 : 1);
}

function issued({ credential, file }: Account): number {
  return credential?.claims.issuedAt ?? issuedAt(file) ?? 0;
}
