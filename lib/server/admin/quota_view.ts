/**
 * The quota of an account as `/admin/accounts` shows it: what upstream has told
 * of its windows, when, and which limits it has refused. Unknown is null, never
 * 0.
 */
import type { PersonRecord } from "../../accounts/pool/person_record.ts";
import type { Block } from "../../quota/block.ts";
import {
  type Limit,
  type Quota,
  quotaAt,
  type Window,
} from "../../quota/quota.ts";

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
  /** Resets that the person may spend by hand; null is not none. */
  readonly reset_credits: number | null;
  /** A cap that a workspace has set. */
  readonly spend: {
    readonly reached: boolean | null;
    readonly used_percent: number | null;
    readonly resets_at: string | null;
  } | null;
}

export interface LimitView {
  readonly id: string;
  readonly name: string | null;
  readonly windows: readonly WindowView[];
  /** The end of the block by which upstream has refused this limit. */
  readonly blocked_until: string | null;
  /** When the page of usage is read to see whether the block still holds. */
  readonly recheck_at: string | null;
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
  record: PersonRecord,
  now: number,
): QuotaView | null {
  const blocks = record.blocks(now);
  const quota = record.quota ?? refusedOnly(blocks);
  if (quota === undefined) return null;
  const { at, source, plan, limits, credits, spend, resetCredits } = quotaAt(
    quota,
    now,
  );
  const refused = blocks.filter(({ limit }) => !limits.has(limit));
  return {
    observed_at: timeOf(at),
    source,
    plan_type: plan ?? null,
    limits: [
      ...[...limits.values()].map((limit) => limitView(limit, blocks)),
      ...refused.map(({ limit: id }) =>
        limitView({ id, name: undefined, windows: [] }, blocks)
      ),
    ],
    credits: credits === undefined ? null : {
      has_credits: credits.hasCredits,
      unlimited: credits.unlimited,
      balance: credits.balance ?? null,
    },
    reset_credits: resetCredits ?? null,
    spend: spend === undefined ? null : {
      reached: spend.reached ?? null,
      used_percent: spend.used ?? null,
      resets_at: timeOf(spend.resetsAt),
    },
  };
}

/** A refusal may come before any figure. */
function refusedOnly([first]: readonly Block[]): Quota | undefined {
  return first && {
    plan: undefined,
    limits: new Map(),
    credits: undefined,
    at: first.since,
    source: "refusal",
  };
}

function limitView(
  { id, name, windows }: Pick<Limit, "id" | "name" | "windows">,
  blocks: readonly Block[],
): LimitView {
  const block = blocks.find(({ limit }) => limit === id);
  return {
    id,
    name: name ?? null,
    windows: windows.map(windowView),
    blocked_until: timeOf(block?.until),
    recheck_at: timeOf(block && Math.min(block.lookAt, block.until)),
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
  if (at === undefined) return null;
  const text = new Date(at).toISOString();
  return `${text.slice(0, text.lastIndexOf("."))}Z`;
}
