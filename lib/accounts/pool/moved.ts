/** A turn or a session that another account serves than the one before. */
import type { Account } from "./account.ts";

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
  const status = account?.status(now);
  return {
    from: account?.label ?? account?.id,
    reason,
    until: status?.state === "cooling" ? status.until : undefined,
  };
}
