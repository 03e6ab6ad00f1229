/**
 * A block: upstream has refused an account for a limit that is used up. Pure.
 *
 * Its end is a guess, because limits are also reset ahead of time. So it is
 * looked at again now and then, by one read of the page of usage: soon, then
 * later, then once an hour. Where the page was wrong, the looks come later.
 */
import { LOOK_AGAIN_MS } from "../limits.ts";
import type { Limit } from "./quota.ts";

export interface Block {
  /** The id of the limit, such as `codex`. */
  readonly limit: string;
  /** The model that was refused: it may belong to a limit without a name. */
  readonly model: string | undefined;
  /** Times are in milliseconds since the epoch. */
  readonly since: number;
  readonly until: number;
  /** Whether upstream has named the end. */
  readonly told: boolean;
  readonly lookAt: number;
  /** How often the page has been read for it. */
  readonly looks: number;
  /** The page could not be read: only a turn can tell whether it holds. */
  readonly untested: boolean;
  /** Doubles all waits as often; grows when a look was wrong. */
  readonly patience: number;
}

export interface Refused {
  readonly limit: string;
  readonly model: string | undefined;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly told: boolean;
}

/**
 * `before`: the block of the same limit that a look has just ended, if any.
 * `chance` is from 0 to 1.
 */
export function blockOf(
  refused: Refused,
  { now, chance, before }: {
    readonly now: number;
    readonly chance: number;
    readonly before?: Block | undefined;
  },
): Block {
  const patience = before === undefined ? 0 : before.patience + 1;
  return later(
    {
      ...refused,
      since: now,
      lookAt: now,
      looks: 0,
      untested: false,
      patience,
    },
    now,
    chance,
  );
}

/** The block after another refusal while it holds. */
export function refusedAgain(
  block: Block,
  refused: Refused,
  now: number,
): Block {
  // A guess does not shorten what upstream has named.
  const isGuess = block.told && !refused.told && refused.until < block.until;
  const { until, told } = isGuess ? block : refused;
  // A turn has just tested it: the next turn tests the one refused before.
  const since = block.untested ? now : block.since;
  return { ...block, ...refused, until, told, since };
}

/** The block after a look that has not ended it. */
export function lookedAt(block: Block, now: number, chance: number): Block {
  const looks = block.looks + 1;
  return later({ ...block, looks, untested: false }, now, chance);
}

/** The block after a look that brought no page: only later again. */
export function unreadable(block: Block, now: number): Block {
  const lookAt = now + LOOK_AGAIN_MS.unreadable;
  return { ...block, lookAt, untested: true };
}

/** The block after a look that had no answer: not at once again. */
export function postponed(block: Block, now: number): Block {
  const lookAt = Math.max(block.lookAt, now + LOOK_AGAIN_MS.unreachable);
  return { ...block, lookAt };
}

/** Whether the first looks, which come sooner, are over. */
export function isHourly({ looks }: Block): boolean {
  return looks >= LOOK_AGAIN_MS.steps.length - 1;
}

/**
 * Whether a page with these limits shows that upstream would serve again. A
 * page that does not tell of the limit shows nothing.
 */
export function isFree(block: Block, limits: readonly Limit[]): boolean {
  const limit = limits.find(({ id }) => id === block.limit) ??
    limits.find(({ name }) => name !== undefined && name === block.model);
  return limit !== undefined && limit.allowed !== false &&
    limit.windows.every(({ used }) => used < 100);
}

/** The longest of the waits so far is never followed by a shorter one. */
function later(block: Block, now: number, chance: number): Block {
  const { steps, longest, jitter } = LOOK_AGAIN_MS;
  const step = steps[Math.min(block.looks, steps.length - 1)] ?? longest;
  const ms = Math.min(longest, step * 2 ** Math.min(block.patience, 10));
  return { ...block, lookAt: now + Math.round(ms * (1 + jitter * chance)) };
}

/** Whether it keeps the model away, whose own limit is `limit`. */
export function blocks(
  block: Block,
  { model, limit }: {
    readonly model: string | undefined;
    readonly limit: string;
  },
): boolean {
  return block.limit === limit ||
    (model !== undefined && block.model === model);
}
