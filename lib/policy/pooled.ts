/**
 * What the pool has left: one figure for each class of windows. Pure.
 *
 * The figures are about quota, not about who is ready. An account that waits
 * out a rate limit or an outage counts with its rest, because that is still
 * there when the wait is over. One that upstream has refused for its quota has
 * nothing left, whatever its windows say.
 */
import type { Window, WindowClass } from "../quota/quota.ts";
import type { AccountView } from "./input.ts";
import { isUsable } from "./serving.ts";
import { lengthOf, rest, windowOfClass } from "./windows.ts";

export interface PooledWindow {
  readonly class: WindowClass;
  /** The length of this class's windows; that of the largest account. */
  readonly minutes: number;
  /** In percent; 100 only if no account can serve. */
  readonly used: number;
  /** When some of it comes back; milliseconds since the epoch. */
  readonly resetsAt: number | undefined;
}

export interface Pooled {
  /** Whether any account has something left, or may have. */
  readonly canServe: boolean;
  /** Whether something is known of each account that may serve. */
  readonly isComplete: boolean;
  /** At most one of each class, the shortest first. */
  readonly windows: readonly PooledWindow[];
}

/** What callers are told of the pool. */
export interface PoolFigures extends Pooled {
  /** Of the largest account. */
  readonly plan: string | undefined;
}

/**
 * The mean rest of all accounts that may serve, each counted by what its plan
 * allows. Undefined if nothing is known of any. `now` in ms since the epoch.
 */
export function pooled(
  accounts: readonly AccountView[],
  now: number,
): Pooled | undefined {
  const usable = accounts.filter(mayServe);
  const members = usable.filter(isKnown).map((one) => memberOf(one, now));
  if (members.length === 0) return undefined;
  const isComplete = members.length === usable.length;
  const canServe = !isComplete || members.some((member) => member.canServe);
  const windows = CLASSES.flatMap((kind) =>
    pooledWindow(kind, members, { canServe, now }) ?? []
  );
  return { canServe, isComplete, windows };
}

const CLASSES: readonly WindowClass[] = ["short", "week", "long"];

/** Whether its quota is a part of the pool's. */
export function mayServe(account: AccountView): boolean {
  return isUsable(account) && !account.paused;
}

/** Upstream has refused it for its quota, and that still holds. */
export function isBlocked({ readiness, why }: AccountView): boolean {
  return readiness !== "ready" && why === "quota_exhausted";
}

function isKnown(account: AccountView): boolean {
  return account.windows !== undefined || isBlocked(account);
}

/** An account of which something is known. */
interface Member {
  readonly account: AccountView;
  readonly weight: number;
  /** It begins no turns: nothing is left in one of its windows. */
  readonly isSpent: boolean;
  readonly canServe: boolean;
  /** When it begins turns again, if it is spent and that is known. */
  readonly backAt: number | undefined;
}

function memberOf(account: AccountView, now: number): Member {
  const blocked = isBlocked(account);
  const full = (account.windows ?? []).filter((window) =>
    shared(window, account, now) <= 0
  );
  const isKept = account.keep > 0;
  const isSpent = blocked ||
    full.length > 0 && (!account.hasCredits || isKept);
  return {
    account,
    weight: account.weight,
    isSpent,
    // Only a turn can tell whether such a refusal still holds.
    canServe: !isSpent || blocked && account.readiness === "untested",
    backAt: latest([
      ...blocked ? [account.until] : [],
      ...full.map(({ resetsAt }) => resetsAt),
    ]),
  };
}

/**
 * What the pool may use of a window, in percent of what it may use of a full
 * one: it leaves `keep` to the account's owner.
 */
function shared(
  window: Window,
  { keep }: Pick<AccountView, "keep">,
  now: number,
): number {
  if (keep >= 100) return 0;
  return Math.max(0, rest(window, now) - keep) * 100 / (100 - keep);
}

/** Undefined if no account has a window of this class. */
function pooledWindow(
  kind: WindowClass,
  members: readonly Member[],
  { canServe, now }: { readonly canServe: boolean; readonly now: number },
): PooledWindow | undefined {
  let sample: Window | undefined;
  let largest = -Infinity;
  let all = 0;
  let left = 0;
  for (const member of members) {
    const window = windowOfClass(member.account, kind);
    if (window && member.weight > largest) {
      sample = window;
      largest = member.weight;
    }
    all += member.weight;
    left += member.weight * restOf(member, window, now);
  }
  if (sample === undefined) return undefined;
  const used = Math.min(100, Math.max(0, 100 - left / all));
  const resets = canServe
    ? members.map((member) => resetOf(member, kind, now))
    : members.map(({ backAt }) => backAt);
  return {
    class: kind,
    minutes: lengthOf(sample) / MINUTE_MS,
    used: canServe ? Math.min(used, MOST_WHILE_SERVING) : used,
    resetsAt: earliest(resets.filter((at) => (at ?? now) > now)),
  };
}

const MINUTE_MS = 60_000;

/** The client takes 100 for the end of all work. */
const MOST_WHILE_SERVING = 99;

/** An account that cannot serve has nothing left in any class. */
function restOf(
  { account, isSpent }: Member,
  window: Window | undefined,
  now: number,
): number {
  if (isSpent) return 0;
  return window === undefined ? 100 : shared(window, account, now);
}

/** When its figure of this class rises; undefined if it is at its best. */
function resetOf(
  { account, isSpent, backAt }: Member,
  kind: WindowClass,
  now: number,
): number | undefined {
  const window = windowOfClass(account, kind);
  const own = window && rest(window, now) < 100 ? window.resetsAt : undefined;
  return own ?? (isSpent ? backAt : undefined);
}

function earliest(
  times: readonly (number | undefined)[],
): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Undefined if one of them is not known. */
function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 || known.length < times.length
    ? undefined
    : Math.max(...known);
}
