/** A turn or a session that another account serves than the one before. */
import { backAt } from "../../policy/serving.ts";
import type { Account, Scope } from "./account.ts";
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
  scope: Scope = {},
): Moved {
  return {
    from: account?.label ?? account?.id,
    reason,
    until: account && untilOf(account, { reason, now, scope }),
  };
}

/** As log lines have it: RFC 3339. */
export function untilText({ until }: Moved): string | undefined {
  return until === undefined ? undefined : new Date(until).toISOString();
}

function untilOf(
  account: Account,
  { reason, now, scope }: {
    readonly reason: string;
    readonly now: number;
    readonly scope: Scope;
  },
): number | undefined {
  const status = account.status(now, scope);
  if (status.state === "cooling") return status.until;
  // By its own numbers, before upstream has refused anything.
  if (reason !== "spent" && reason !== "kept") return undefined;
  const at = backAt(viewOf(account, scope, now), now);
  return at > now ? at : undefined;
}
