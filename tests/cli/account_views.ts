/** Accounts as an admin port shows them, for tests of what is printed. */
import type { AccountView } from "../../lib/server/admin/account_view.ts";
import type { PoolView } from "../../lib/server/admin/pool_view.ts";
import type {
  QuotaView,
  WindowView,
} from "../../lib/server/admin/quota_view.ts";

export const NOW = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** In RFC 3339; `ms` from the `NOW` of these tests. */
export function at(ms: number): string {
  return new Date(NOW + ms).toISOString();
}

export function view(
  id: string,
  fields: Partial<AccountView> = {},
): AccountView {
  return {
    id,
    label: null,
    email: null,
    routing_state: "ready",
    blocked_reason: null,
    blocked_source: null,
    blocked_until: null,
    account_id: null,
    plan_type: null,
    refresh_in_flight: false,
    in_flight_requests: 0,
    access_token_expires_at: null,
    last_refresh_at: null,
    last_selected_at: null,
    last_success_at: null,
    last_error_at: null,
    last_error: null,
    duplicate_of: null,
    persist_pending: false,
    signed_out_at: null,
    quota: null,
    serves: "now",
    serves_at: null,
    paused: false,
    priority: 0,
    keep: 0,
    weight: null,
    score: null,
    ...fields,
  };
}

export function week(used: number, leftMs: number): WindowView {
  return windowView("week", { minutes: 7 * 24 * 60, used, leftMs });
}

export function short(used: number, leftMs: number): WindowView {
  return windowView("short", { minutes: 300, used, leftMs });
}

function windowView(
  kind: string,
  { minutes, used, leftMs }: {
    readonly minutes: number;
    readonly used: number;
    readonly leftMs: number;
  },
): WindowView {
  return {
    class: kind,
    minutes,
    used_percent: used,
    resets_at: at(leftMs),
    running: used > 0,
  };
}

export function quota(
  windows: readonly WindowView[],
  { ageMs = MINUTE, plan = "plus", ...more }:
    & Partial<QuotaView>
    & { readonly ageMs?: number; readonly plan?: string } = {},
): QuotaView {
  return {
    observed_at: at(-ageMs),
    source: "headers",
    plan_type: plan,
    limits: [{
      id: "codex",
      name: null,
      windows,
      blocked_until: null,
      recheck_at: null,
    }],
    credits: null,
    reset_credits: null,
    spend: null,
    ...more,
  };
}

export function poolOf(
  accounts: readonly AccountView[],
  more: Partial<PoolView> = {},
): PoolView {
  return {
    accounts,
    invalid_files: [],
    accounts_dir: "/home/me/.codaze",
    pool: null,
    ...more,
  };
}
