/**
 * The policies that look at no numbers. Each picks one of at least one account;
 * the accounts are sorted by id.
 */
import type { AccountView } from "./input.ts";

/** The first id after the one picked last: an index would skip or repeat. */
export function roundRobin(
  accounts: readonly AccountView[],
  last: string | undefined,
): AccountView {
  const next = last === undefined
    ? undefined
    : accounts.find(({ id }) => id > last);
  return next ?? fillFirst(accounts);
}

/** Fewest in flight, then longest unselected. */
export function leastInFlight(accounts: readonly AccountView[]): AccountView {
  return largest(accounts, ({ inFlight }) => -inFlight);
}

export function fillFirst(accounts: readonly AccountView[]): AccountView {
  const [first] = accounts;
  if (first === undefined) throw new Error("no account to pick from");
  return first;
}

/** Of the largest, the one longest unselected; equals keep the order by id. */
export function largest(
  accounts: readonly AccountView[],
  measure: (account: AccountView) => number,
): AccountView {
  return accounts.reduce((best, next) => {
    const [ofNext, ofBest] = [measure(next), measure(best)];
    if (ofNext !== ofBest) return ofNext > ofBest ? next : best;
    return selected(next) < selected(best) ? next : best;
  }, fillFirst(accounts));
}

function selected({ lastSelectedAt }: AccountView): number {
  return lastSelectedAt ?? -Infinity;
}
