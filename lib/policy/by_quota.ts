/**
 * The policy `quota`: lose as little of the weeks as possible.
 *
 * A week begins with its first use, so one that is not running is lost time:
 * it is opened, but not so that it ends together with the others. Otherwise the
 * account serves whose rest is most in danger of expiring. The numbers were
 * chosen by a simulated year (`deno task year`).
 */
import type { Window } from "../quota/quota.ts";
import type { AccountView, DecisionInput, Rule } from "./input.ts";
import { isUsable } from "./serving.ts";
import { largest, leastInFlight } from "./simple.ts";
import {
  isClosed,
  isRunning,
  left,
  lengthOf,
  mainWindow,
  rest,
  windowOfClass,
} from "./windows.ts";

/** An account with less left, in percent, serves only if none has more. */
const ROOMY = { short: 10, week: 2 };
/** So many turns at once make an account busier than one with fewer. */
const BUSY = 8;
/** How near to another end a week may end, in fair shares of its length. */
const APART = 0.5;
/** The running weeks are thin if less of them is left. */
const THIN = 0.7;
/** How much more the time to the reset counts than the rest. */
const HASTE = 1.5;
/** Time to the reset counts as at least this. */
const LEAST_MS = 5 * 60_000;

/** Picks one of at least two accounts of the pool. */
export function byQuota(
  eligible: readonly AccountView[],
  { accounts, now }: DecisionInput,
): { readonly account: AccountView; readonly rule: Rule } {
  const roomy = eligible.filter((account) => isRoomy(account, now));
  const able = roomy.length > 0 ? roomy : eligible;
  if (able.every(({ windows }) => windows === undefined)) {
    return { account: leastInFlight(able), rule: "unknown" };
  }
  const closed = able.filter((account) => isToOpen(account, now));
  const open = able.filter((account) => !isToOpen(account, now));
  if (closed.length > 0) {
    const account = largest(closed, ({ weight }) => weight);
    const isWorthIt = open.length === 0 ||
      isGoodToOpen(account, accounts.filter(mayServe), now);
    if (isWorthIt) return { account, rule: "open" };
  }
  return {
    account: largest(leastBusy(open), (account) => danger(account, now)),
    rule: "expiring",
  };
}

function mayServe(account: AccountView): boolean {
  return isUsable(account) && !account.paused;
}

function isRoomy(account: AccountView, now: number): boolean {
  const short = windowOfClass(account, "short");
  const week = windowOfClass(account, "week") ??
    windowOfClass(account, "long");
  return (short === undefined || rest(short, now) > ROOMY.short) &&
    (week === undefined || rest(week, now) > ROOMY.week);
}

/**
 * Many sessions that begin at once would all meet one account, and its limit of
 * turns at a time. A person's usual work never gets there. It is no reason to
 * begin another week.
 */
function leastBusy(accounts: readonly AccountView[]): readonly AccountView[] {
  const busyness = ({ inFlight }: AccountView) => Math.floor(inFlight / BUSY);
  const least = Math.min(...accounts.map(busyness));
  return accounts.filter((account) => busyness(account) === least);
}

/** A turn in flight begins the week, whose figures come with its answer. */
function isToOpen(account: AccountView, now: number): boolean {
  const begins = account.windows !== undefined && account.inFlight > 0;
  return isClosed(account, now) && !begins;
}

function isGoodToOpen(
  account: AccountView,
  pool: readonly AccountView[],
  now: number,
): boolean {
  const length = lengthOf(mainWindow(account) ?? UNKNOWN);
  const running = pool.flatMap(({ windows, ...one }) => {
    const main = mainWindow({ windows, ...one });
    const counts = main && main.class !== "short" &&
      (isRunning(main, now) || one.inFlight > 0);
    return counts ? [{ window: main, weight: one.weight }] : [];
  });
  const distances = running.map(({ window }) => {
    const phase = left(window, now) % length;
    return Math.min(phase, length - phase);
  });
  const isApart = Math.min(Infinity, ...distances) >=
    APART * length / pool.length;
  if (isApart) return true;
  const sum = (of: (window: Window) => number) =>
    running.reduce((all, { window, weight }) => all + weight * of(window), 0);
  return sum((window) => rest(window, now)) < THIN * sum(() => 100);
}

const UNKNOWN: Window = {
  class: "week",
  minutes: undefined,
  used: 0,
  resetsAt: undefined,
  running: false,
};

const HOUR_MS = 60 * 60_000;

/**
 * What the rule `expiring` compares, in percent per hour to the power of 1.5.
 * Undefined if nothing is known of the account.
 */
export function scoreOf(account: AccountView, now: number): number | undefined {
  return mainWindow(account) && danger(account, now) * HOUR_MS ** HASTE;
}

/**
 * Grows with the rest, and faster as its reset comes near. The less a short
 * window has left, the less of the week can be used before it, and the sooner
 * the session would have to move.
 */
function danger(account: AccountView, now: number): number {
  const main = mainWindow(account);
  if (main === undefined) return -Infinity;
  const short = windowOfClass(account, "short");
  const usable = main === short || short === undefined
    ? rest(main, now)
    : rest(main, now) * rest(short, now) / 100;
  return usable / Math.max(LEAST_MS, left(main, now)) ** HASTE;
}
