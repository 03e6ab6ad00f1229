/**
 * How the refresh of an account stands, by the notes beside its file. Takes no
 * lock and changes nothing.
 */

import { isUnderWay, type PeekedEntry, peekEntry } from "./journal.ts";
import { type Holder, sidePath } from "./recovery.ts";
import { spentAmong } from "./spent.ts";

export type RefreshState =
  /** Nothing is under way, and the token was not used. */
  | "settled"
  /** One has just begun, here or in another process. */
  | "under_way"
  /** It broke off, and its answer may be lost. */
  | "interrupted"
  /** Its tokens are in the side file, and not in the account file. */
  | "waiting"
  /** The token was used before: the account file is an old copy. */
  | "spent"
  /** The notes cannot be read. */
  | "unreadable";

/** Looks at accounts of `dir`, whose notes of used tokens it reads once. */
export async function refreshStates(
  dir: string,
  now: number,
): Promise<(holder: Holder) => Promise<RefreshState>> {
  const isSpent = await spentAmong(dir);
  return async (holder) => {
    const spent = isSpent(holder.refreshToken) ? "spent" : undefined;
    try {
      const entry = await peekEntry(await sidePath(dir, holder));
      return entry === undefined ? spent ?? "settled" : stateOf(entry, now);
    } catch {
      return spent ?? "unreadable";
    }
  };
}

function stateOf(entry: PeekedEntry, now: number): RefreshState {
  if (entry.record.granted !== undefined) return "waiting";
  return isUnderWay(entry, now) ? "under_way" : "interrupted";
}
