/**
 * What upstream has told of an account's quota: windows by length, by limit.
 *
 * Data and pure functions. Unknown is unknown: without a reading nothing counts
 * as full or as empty. The readers (`read_headers.ts`, `read_event.ts`,
 * `read_page.ts`) make the readings.
 */

import {
  BEGUN_WITHIN_MS,
  CLOCK_SET_MS,
  MAX_QUOTA_LIMITS,
  SLIDING_RESET_MS,
} from "../limits.ts";

/**
 * By the length of a window, never by its position: under a day, up to two
 * weeks, longer.
 */
export type WindowClass = "short" | "week" | "long";

export interface Window {
  readonly class: WindowClass;
  /** Undefined where upstream does not say; the class is then assumed. */
  readonly minutes: number | undefined;
  /** In percent, 0 to 100. */
  readonly used: number;
  /** Milliseconds since the epoch. */
  readonly resetsAt: number | undefined;
  /** Whether its time has begun: it does with the first use. */
  readonly running: boolean;
}

/** One limit, such as that of a family of models. */
export interface Limit {
  /** `codex` for the usual one. */
  readonly id: string;
  /** Usually the model that a family is for. */
  readonly name: string | undefined;
  /** At most one of each class. */
  readonly windows: readonly Window[];
  /** Whether upstream says that it serves; undefined: it does not say. */
  readonly allowed?: boolean | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly source: Source;
}

/** `saved`: from before the last start. */
export type Source = "headers" | "event" | "usage_page" | "refusal" | "saved";

export interface Credits {
  readonly hasCredits: boolean;
  readonly unlimited: boolean;
  readonly balance: string | undefined;
  /** The owner's own cap on what credits may cost is reached. */
  readonly overageReached?: boolean | undefined;
}

/** A cap that a workspace has set. */
export interface Spend {
  readonly reached: boolean | undefined;
  /** In percent, of the person's own cap. */
  readonly used: number | undefined;
  readonly resetsAt: number | undefined;
}

export interface Quota {
  readonly plan: string | undefined;
  readonly limits: ReadonlyMap<string, Limit>;
  readonly credits: Credits | undefined;
  readonly spend?: Spend | undefined;
  /** Resets that the person may spend by hand; undefined is not none. */
  readonly resetCredits?: number | undefined;
  /** When the latest reading came; milliseconds since the epoch. */
  readonly at: number;
  readonly source: Source;
}

/** What one answer, event or page says; what it leaves out stays as it was. */
export interface Reading {
  readonly plan?: string | undefined;
  readonly limits: readonly Limit[];
  readonly credits?: Credits | undefined;
  readonly spend?: Spend | undefined;
  readonly resetCredits?: number | undefined;
  readonly at: number;
  readonly source: Source;
}

/** The limit of models that have none of their own. */
export const USUAL_LIMIT = "codex";

const MINUTE_MS = 60_000;
const SHORT_MINUTES = 24 * 60;
const WEEK_MINUTES = 14 * SHORT_MINUTES;

export function classOf(
  { minutes, resetsAt, now }: {
    readonly minutes: number | undefined;
    readonly resetsAt: number | undefined;
    readonly now: number;
  },
): WindowClass {
  if (minutes !== undefined) {
    if (minutes < SHORT_MINUTES) return "short";
    return minutes <= WEEK_MINUTES ? "week" : "long";
  }
  const isNear = resetsAt !== undefined &&
    resetsAt - now < SHORT_MINUTES * MINUTE_MS;
  return isNear ? "short" : "week";
}

/** A window as it was told at `now`. */
export function windowOf(
  { minutes, used, resetsAt }: Pick<Window, "minutes" | "used" | "resetsAt">,
  now: number,
): Window {
  const slides = used === 0 && minutes !== undefined &&
    resetsAt !== undefined &&
    Math.abs(resetsAt - now - minutes * MINUTE_MS) <= SLIDING_RESET_MS;
  return {
    class: classOf({ minutes, resetsAt, now }),
    minutes,
    used,
    resetsAt,
    running: !slides && (resetsAt === undefined || resetsAt > now),
  };
}

/** Of two windows of one class the tighter one counts. */
export function tightest(windows: readonly Window[]): readonly Window[] {
  const kept = new Map<WindowClass, Window>();
  for (const window of windows) {
    const other = kept.get(window.class);
    if (other === undefined || isTighter(window, other)) {
      kept.set(window.class, window);
    }
  }
  return CLASSES.flatMap((one) => kept.get(one) ?? []);
}

const CLASSES: readonly WindowClass[] = ["short", "week", "long"];

function isTighter(one: Window, other: Window): boolean {
  if (one.used !== other.used) return one.used > other.used;
  return (one.resetsAt ?? 0) > (other.resetsAt ?? 0);
}

/**
 * The newest reading of each limit counts. A window that a reading of the same
 * limit leaves out is gone, unless the reading has none at all.
 */
export function merged(quota: Quota | undefined, reading: Reading): Quota {
  const limits = new Map(quota?.limits);
  for (const limit of reading.limits) {
    const known = limits.get(limit.id);
    if (known !== undefined && known.at > limit.at) continue;
    limits.set(limit.id, {
      ...limit,
      name: limit.name ?? known?.name,
      windows: limit.windows.length > 0 ? limit.windows : known?.windows ?? [],
    });
  }
  if (limits.size > MAX_QUOTA_LIMITS) dropOldest(limits);
  const isLatest = quota === undefined || reading.at >= quota.at;
  const latest = isLatest ? reading : quota;
  const before = isLatest ? quota : reading;
  return {
    plan: latest.plan ?? before?.plan,
    limits,
    credits: latest.credits ?? before?.credits,
    spend: latest.spend ?? before?.spend,
    resetCredits: latest.resetCredits ?? before?.resetCredits,
    at: latest.at,
    source: latest.source,
  };
}

/**
 * Readings come as they are made, so one from after `now` is from before the
 * clock was turned back: it is not newer than those that come now.
 */
export function notLaterThan(quota: Quota, now: number): Quota {
  if (quota.at <= now + CLOCK_SET_MS) return quota;
  const limits = [...quota.limits].map(([id, limit]) =>
    [id, { ...limit, at: Math.min(limit.at, now) }] as const
  );
  return { ...quota, at: now, limits: new Map(limits) };
}

/** Without the windows that are used up. */
export function withoutFull(quota: Quota): Quota {
  const limits = [...quota.limits].flatMap(([id, limit]) => {
    const windows = limit.windows.filter(({ used }) => used < 100);
    return windows.length === 0 ? [] : [[id, { ...limit, windows }] as const];
  });
  return { ...quota, limits: new Map(limits) };
}

function dropOldest(limits: Map<string, Limit>): void {
  const oldest = [...limits.values()].filter(({ id }) => id !== USUAL_LIMIT)
    .toSorted((a, b) => a.at - b.at);
  for (const { id } of oldest.slice(0, limits.size - MAX_QUOTA_LIMITS)) {
    limits.delete(id);
  }
}

/** As of `now`: a window whose reset has passed is empty and not running. */
export function quotaAt(quota: Quota, now: number): Quota {
  const limits = [...quota.limits].map(([id, limit]) =>
    [
      id,
      { ...limit, windows: limit.windows.map((one) => windowAt(one, now)) },
    ] as const
  );
  return { ...quota, limits: new Map(limits) };
}

/**
 * A window that a turn has used at `usedAt` runs, although upstream still tells
 * 0 % of it: for some minutes it looks as if it had not begun.
 */
export function begunBy(limit: Limit, usedAt: number): Limit {
  const windows = limit.windows.map((window) => {
    const { minutes, resetsAt, running } = window;
    if (running || minutes === undefined || resetsAt === undefined) {
      return window;
    }
    const begins = resetsAt - minutes * MINUTE_MS;
    const isBegun = begins <= usedAt + BEGUN_WITHIN_MS;
    return isBegun ? { ...window, running: true } : window;
  });
  return { ...limit, windows };
}

function windowAt(window: Window, now: number): Window {
  const { resetsAt } = window;
  return resetsAt !== undefined && resetsAt <= now
    ? { ...window, used: 0, running: false }
    : window;
}
