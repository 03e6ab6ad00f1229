/**
 * Which account's page of usage is read next for its blocks, and when. Pure.
 *
 * The first looks of a block come soon, for themselves. The hourly ones are
 * shared: one an hour for the whole pool, since resets are mostly for everyone,
 * so that ten accounts are not asked for ten times as often as one.
 */
import { LOOK_AGAIN_MS } from "../../limits.ts";
import { type Block, isHourly } from "../../quota/block.ts";

/** An account with a block. Times are in milliseconds since the epoch. */
export interface Candidate {
  readonly id: string;
  readonly blocks: readonly Block[];
  /** There is news, such as a reset of another account: look by then. */
  readonly soonAt: number | undefined;
}

export interface Look {
  readonly id: string;
  readonly at: number;
  /** Counts as the pool's look of this hour. */
  readonly hourly: boolean;
}

/** `hourlyAt`: the pool's last hourly look. Undefined: nothing to look at. */
export function nextLook(
  candidates: readonly Candidate[],
  { hourlyAt, now }: {
    readonly hourlyAt: number | undefined;
    readonly now: number;
  },
): Look | undefined {
  // After the clock was turned back, the last one is none.
  const shared = hourlyAt === undefined || hourlyAt > now
    ? -Infinity
    : hourlyAt + HOUR;
  const planned = candidates.flatMap((one) => planOf(one) ?? []);
  const [next] = planned.map((plan) => ({
    ...plan,
    at: plan.hourly ? Math.max(plan.wanted, shared) : plan.wanted,
  })).toSorted((a, b) =>
    // The one that has waited the longest has the hour's look.
    a.at - b.at || a.wanted - b.wanted || (a.id < b.id ? -1 : 1)
  );
  return next && { id: next.id, at: next.at, hourly: next.hourly };
}

interface Plan {
  readonly id: string;
  readonly wanted: number;
  readonly hourly: boolean;
}

function planOf({ id, blocks, soonAt }: Candidate): Plan | undefined {
  const looks = blocks.map((block) => {
    // News from before the refusal is none, and no news is a reason to ask for
    // a page that cannot be read.
    const isSoon = soonAt !== undefined && soonAt >= block.since &&
      soonAt <= block.lookAt && !block.untested;
    return {
      id,
      wanted: isSoon ? soonAt : block.lookAt,
      hourly: !isSoon && isHourly(block),
      until: block.until,
    };
  });
  // A block that ends by itself before needs no look.
  return looks.filter(({ wanted, until }) => wanted < until)
    .toSorted((a, b) => a.wanted - b.wanted)[0];
}

const HOUR = LOOK_AGAIN_MS.steps[2];
