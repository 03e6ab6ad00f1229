/**
 * The metrics of quota: what is left of each account, and how accounts were
 * chosen.
 *
 * Of the limits only the usual one has a name here, because upstream makes up
 * the others: `other` is the tightest of them.
 */
import type { Account } from "../../accounts/pool/account.ts";
import type { Decisions } from "../../accounts/pool/decisions.ts";
import type { AccountView } from "../../policy/input.ts";
import { pooled } from "../../policy/pooled.ts";
import { quotaAt, USUAL_LIMIT, type Window } from "../../quota/quota.ts";
import type { Family, Sample } from "./exposition.ts";
import { byKey, counter, gauge } from "./family.ts";

export function quotaFamilies(
  accounts: readonly Account[],
  now: number,
): readonly Family[] {
  const windows = accounts.flatMap((account) => windowsOf(account, now));
  const known = accounts.flatMap(({ id, quota }) => quota ? { id, quota } : []);
  return [
    gauge(
      "codaze_account_quota_used_ratio",
      "The used part of a window, from 0 to 1.",
      windows.map(({ labels, window }) => ({
        labels,
        value: window.used / 100,
      })),
    ),
    gauge(
      "codaze_account_quota_reset_timestamp_seconds",
      "When a running window is reset, in seconds since the epoch.",
      windows.flatMap(({ labels, window: { running, resetsAt } }) =>
        running && resetsAt !== undefined
          ? [{ labels, value: resetsAt / 1000 }]
          : []
      ),
    ),
    gauge(
      "codaze_account_quota_age_seconds",
      "How old the latest figures of an account are.",
      known.map(({ id, quota: { at } }) => ({
        labels: { account: id },
        value: Math.max(0, now - at) / 1000,
      })),
    ),
    gauge(
      "codaze_account_blocked",
      "1 while a limit of an account is refused by upstream.",
      accounts.flatMap((account) => blocksOf(account, now)),
    ),
  ];
}

/** As callers are shown it. */
export function poolFamilies(
  views: readonly AccountView[],
  now: number,
): readonly Family[] {
  const windows = pooled(views, now)?.windows ?? [];
  return [
    gauge(
      "codaze_pool_rest_ratio",
      "What is left of the pool, from 0 to 1.",
      windows.map(({ class: window, used }) => ({
        labels: { window },
        value: (100 - used) / 100,
      })),
    ),
  ];
}

export function decisionFamilies(
  { rules, refusals }: Decisions,
): readonly Family[] {
  return [
    counter(
      "codaze_decisions_total",
      "Accounts chosen, by the rule that chose them.",
      byKey("rule", rules),
    ),
    counter(
      "codaze_pool_refusals_total",
      "Turns that ended because no account was left.",
      byKey("why", refusals),
    ),
  ];
}

interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
  readonly window: Window;
}

/** At most one of each class for each of the two limits. */
function windowsOf(
  { id, quota }: Account,
  now: number,
): readonly Labelled[] {
  if (quota === undefined) return [];
  const tightest = new Map<string, Labelled>();
  for (const limit of quotaAt(quota, now).limits.values()) {
    for (const window of limit.windows) {
      const labels = {
        account: id,
        limit: nameOf(limit.id),
        window: window.class,
      };
      const key = `${labels.limit} ${labels.window}`;
      const other = tightest.get(key);
      if (other !== undefined && other.window.used >= window.used) continue;
      tightest.set(key, { labels, window });
    }
  }
  return [...tightest.values()];
}

function blocksOf({ id, record }: Account, now: number): readonly Sample[] {
  const blocked = new Set(record.blocks(now).map(({ limit }) => nameOf(limit)));
  return LIMITS.map((limit) => ({
    labels: { account: id, limit },
    value: Number(blocked.has(limit)),
  }));
}

const LIMITS = [USUAL_LIMIT, "other"] as const;

function nameOf(limit: string): string {
  return limit === USUAL_LIMIT ? limit : "other";
}
