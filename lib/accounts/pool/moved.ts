/** A turn or a session that another account serves than the one before. */
import { backAt } from "../../policy/serving.ts";
import type { Account } from "./account.ts";
import { viewOf } from "./view.ts";

export interface Moved {
  /** The label or, without one, the id; undefined: it is not there any more. */
  readonly from: string | undefined;
  /** In one word of the code, such as `quota_exhausted` or `paused`. */
  readonly reason: string;
  /** When the one before is back, as far as that is known; ms since the epoch. */
  readonly until: number | undefined;
}

/** `now` in milliseconds since the epoch. */
export function movedFrom(
  account: Account | undefined,
  reason: string,
  now: number,
): Moved {
  return {
    from: account?.label ?? account?.id,
    reason,
    until: account && untilOf(account, reason, now),
  };
}

function untilOf(
  account: Account,
  reason: string,
  now: number,
): number | undefined {
  const status = account.status(now);
  if (status.state === "cooling") return status.until;
  // By its own numbers, before upstream has refused anything.
  if (reason !== "spent" && reason !== "kept") return undefined;
  const at = backAt(viewOf(account, {}, now), now);
  return at > now ? at : undefined;
}
