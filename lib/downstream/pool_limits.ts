/**
 * The pool's limits as a Codex client reads them, in place of those of one
 * account (docs/client.md, "Limits"). Chooses no figures (`policy/pooled.ts`
 * does).
 */
import type { PooledWindow, PoolFigures } from "../policy/pooled.ts";
import type { HeaderLine } from "../protocol/headers.ts";
import { USUAL_LIMIT } from "../quota/quota.ts";
import { RATE_LIMITS } from "../quota/read_event.ts";

/** What Codex callers are told of the pool's limits at the time of asking. */
export interface PoolLimits {
  /** The header lines of an answer; none if too little is known. */
  readonly lines: () => readonly HeaderLine[];
  /** The event, as JSON text; undefined if too little is known. */
  readonly event: () => string | undefined;
}

/** `now` in milliseconds since the epoch. */
export function poolLimits(
  figures: () => PoolFigures | undefined,
  now: () => number,
): PoolLimits {
  return {
    lines: () => limitLines(figures(), now()),
    event: () => limitsEvent(figures(), now()),
  };
}

const PLACES = ["primary", "secondary"] as const;

/**
 * None while an account is unknown: of one known account at 97 % and two others
 * the client would warn its user.
 */
export function limitLines(
  figures: PoolFigures | undefined,
  now: number,
): readonly HeaderLine[] {
  const windows = figures?.isComplete ? figures.windows : [];
  return PLACES.flatMap((place, at): HeaderLine[] => {
    const window = windows[at];
    if (window === undefined) return [];
    const { used, minutes, resetAt } = shownWindow(window, now);
    return [
      [`x-codex-${place}-used-percent`, String(used)],
      [`x-codex-${place}-window-minutes`, String(minutes)],
      [`x-codex-${place}-reset-at`, String(resetAt)],
    ];
  });
}

/** Undefined while an account is unknown, for the same reason. */
export function limitsEvent(
  figures: PoolFigures | undefined,
  now: number,
): string | undefined {
  if (!figures?.isComplete || figures.windows.length === 0) return undefined;
  const [primary = null, secondary = null] = figures.windows.map((window) => {
    const { used, minutes, resetAt, resetIn } = shownWindow(window, now);
    return {
      used_percent: used,
      window_minutes: minutes,
      reset_after_seconds: resetIn,
      reset_at: resetAt,
    };
  });
  return JSON.stringify({
    type: RATE_LIMITS,
    plan_type: figures.plan ?? null,
    rate_limits: {
      allowed: figures.canServe,
      limit_reached: !figures.canServe,
      primary,
      secondary,
    },
    code_review_rate_limits: null,
    additional_rate_limits: null,
    credits: null,
    promo: null,
    metered_limit_name: USUAL_LIMIT,
    limit_name: USUAL_LIMIT,
  });
}

/** A window in the units of the protocol: percent, minutes, seconds. */
export interface ShownWindow {
  readonly used: number;
  readonly minutes: number;
  /** Seconds since the epoch. */
  readonly resetAt: number;
  /** In seconds. */
  readonly resetIn: number;
}

/**
 * In whole numbers. A window that has no reset yet gets the one that upstream
 * gives it: it ends its length from now.
 */
export function shownWindow(
  { used, minutes, resetsAt }: Omit<PooledWindow, "class">,
  now: number,
): ShownWindow {
  const resetAt = Math.ceil((resetsAt ?? now + minutes * MINUTE_MS) / 1000);
  return {
    used: Math.round(used),
    minutes: Math.round(minutes),
    resetAt,
    resetIn: Math.max(0, resetAt - Math.floor(now / 1000)),
  };
}

const MINUTE_MS = 60_000;
