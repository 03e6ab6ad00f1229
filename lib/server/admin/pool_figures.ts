/** The accounts as one pool: how many can serve, and what is left of them. */
import type { Registry } from "../../accounts/pool/registry.ts";
import type { AccountView } from "../../policy/input.ts";
import { mayServe, pooled } from "../../policy/pooled.ts";
import { whyNotNow } from "../../policy/serving.ts";
import { timeOf } from "./quota_view.ts";

export interface PoolFiguresView {
  readonly accounts: number;
  /** How many may begin a turn now. */
  readonly can_serve: number;
  /** As Codex is shown them; empty if nothing is known of any account. */
  readonly windows: readonly PooledWindowView[];
  /** When some of a window comes back. */
  readonly next_reset_at: string | null;
}

export interface PooledWindowView {
  readonly class: string;
  readonly minutes: number;
  readonly used_percent: number;
  readonly resets_at: string | null;
}

/** `now` in milliseconds since the epoch. */
export function poolFiguresView(
  registry: Pick<Registry, "views">,
  now: number,
): PoolFiguresView {
  const views = registry.views();
  const windows = pooled(views, now)?.windows ?? [];
  const resets = windows.flatMap(({ resetsAt }) => resetsAt ?? []);
  return {
    accounts: views.length,
    can_serve: views.filter((view) => mayBegin(view, now)).length,
    windows: windows.map(({ class: kind, minutes, used, resetsAt }) => ({
      class: kind,
      minutes,
      used_percent: Math.ceil(used),
      resets_at: timeOf(resetsAt),
    })),
    next_reset_at: resets.length === 0 ? null : timeOf(Math.min(...resets)),
  };
}

function mayBegin(view: AccountView, now: number): boolean {
  return mayServe(view) && view.readiness === "ready" &&
    whyNotNow(view, now) === undefined;
}
