/**
 * The quota of an account as `/admin/accounts` shows it: what upstream has told
 * of its windows, and when. Unknown is null, never 0.
 */
import { type Quota, quotaAt, type Window } from "../quota/quota.ts";

/** Times are RFC 3339 in UTC; null for none. */
export interface QuotaView {
  readonly observed_at: string | null;
  readonly source: string;
  readonly plan_type: string | null;
  readonly limits: readonly LimitView[];
  readonly credits: {
    readonly has_credits: boolean;
    readonly unlimited: boolean;
    readonly balance: string | null;
  } | null;
}

export interface LimitView {
  readonly id: string;
  readonly name: string | null;
  readonly windows: readonly WindowView[];
}

export interface WindowView {
  readonly class: string;
  readonly minutes: number | null;
  readonly used_percent: number;
  readonly resets_at: string | null;
  readonly running: boolean;
}

/** `now` in milliseconds since the epoch. */
export function quotaView(
  quota: Quota | undefined,
  now: number,
): QuotaView | null {
  if (quota === undefined) return null;
  const { at, source, plan, limits, credits } = quotaAt(quota, now);
  return {
    observed_at: timeOf(at),
    source,
    plan_type: plan ?? null,
    limits: [...limits.values()].map(({ id, name, windows }) => ({
      id,
      name: name ?? null,
      windows: windows.map(windowView),
    })),
    credits: credits === undefined ? null : {
      has_credits: credits.hasCredits,
      unlimited: credits.unlimited,
      balance: credits.balance ?? null,
    },
  };
}

function windowView(
  { class: kind, minutes, used, resetsAt, running }: Window,
): WindowView {
  return {
    class: kind,
    minutes: minutes ?? null,
    used_percent: used,
    resets_at: timeOf(resetsAt),
    running,
  };
}

/** Whole seconds, as all times of the admin port. */
export function timeOf(at: number | undefined): string | null {
  return at === undefined
    ? null
    : new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}
