/**
 * The page of usage that a Codex client asks for `/status` (docs/client.md,
 * "Limits"): the pool's figures, and a row for each account. From memory.
 */
import { poolFigures } from "../../accounts/pool/figures.ts";
import type { Registry } from "../../accounts/pool/registry.ts";
import { type ShownWindow, shownWindow } from "../../downstream/pool_limits.ts";
import type { AccountView } from "../../policy/input.ts";
import { isBlocked, type Pooled, pooled } from "../../policy/pooled.ts";
import { isUsable } from "../../policy/serving.ts";
import { lengthOf, rest } from "../../policy/windows.ts";
import { type Quota, USUAL_LIMIT, type Window } from "../../quota/quota.ts";
import type { CallerLogin } from "./caller_login.ts";
import { rowNames } from "./row_names.ts";

export interface UsagePageDeps {
  readonly registry: Pick<Registry, "accounts" | "views">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether it is a model's name, as far as is known. */
  readonly isModel: (name: string) => boolean;
}

/** `null` is what upstream writes for what there is not, or is not known. */
export function usagePage(
  { userId, accountId, planType }: CallerLogin,
  deps: UsagePageDeps,
): unknown {
  const { registry } = deps;
  const now = deps.now();
  const figures = poolFigures(registry, now);
  const resets = resetCredits(registry);
  return {
    user_id: userId,
    account_id: accountId,
    plan_type: figures?.plan ?? planType ?? "unknown",
    rate_limit: figures === undefined ? null : limitOfPool(figures, now),
    code_review_rate_limit: null,
    additional_rate_limits: [
      ...modelRows(registry, now),
      ...accountRows(deps, now),
    ],
    credits: null,
    spend_control: null,
    rate_limit_reached_type: null,
    rate_limit_reset_credits: resets === undefined
      ? null
      : { available_count: resets },
    promo: null,
  };
}

/** Of all accounts in use that have told it; undefined if none has. */
export function resetCredits(
  registry: Pick<Registry, "accounts">,
): number | undefined {
  const known = registry.accounts()
    .filter((one) => one.duplicateOf === undefined && !one.isInvalid)
    .flatMap(({ quota }) => quota?.resetCredits ?? []);
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0);
}

/** A row for each model that has a limit of its own. */
function modelRows(
  registry: UsagePageDeps["registry"],
  now: number,
): readonly unknown[] {
  const models = new Map(
    registry.accounts().flatMap(({ quota }) => [...familiesIn(quota)]),
  );
  return [...models].toSorted().flatMap(([id, name]) => {
    const figures = pooled(registry.views({ model: name }), now);
    if (figures === undefined) return [];
    const rate_limit = limitOfPool(figures, now);
    return { limit_name: name, metered_feature: id, rate_limit };
  });
}

/** The id and the model's name of each limit that is not the usual one. */
function familiesIn(
  quota: Quota | undefined,
): readonly (readonly [id: string, name: string])[] {
  return [...quota?.limits.values() ?? []].flatMap(({ id, name }) =>
    id === USUAL_LIMIT || name === undefined ? [] : [[id, name] as const]
  );
}

/** A row for each account but those that are lost or stand behind another. */
function accountRows(
  { registry, isModel }: UsagePageDeps,
  now: number,
): readonly unknown[] {
  const names = rowNames(registry.accounts(), isModel);
  return registry.views().flatMap((view) => {
    const named = names.get(view.id);
    if (named === undefined || !isUsable(view)) return [];
    const paused = view.paused ? " (paused)" : "";
    return {
      limit_name: `${named.name}${paused}`,
      metered_feature: named.feature,
      rate_limit: limitOfAccount(view, now),
    };
  });
}

function limitOfPool({ canServe, windows }: Pooled, now: number): unknown {
  return limit(canServe, windows.map((window) => shownWindow(window, now)));
}

/** Its own windows. If it is refused and none is used up, then all are. */
function limitOfAccount(view: AccountView, now: number): unknown {
  const { windows, until } = view;
  if (windows === undefined) return null;
  const isRefused = isBlocked(view);
  const isSpent = windows.some((window) => rest(window, now) <= 0);
  const isRefusedAll = isRefused && !isSpent;
  const shown = windows.map((window) =>
    shownWindow({
      minutes: lengthOf(window) / MINUTE_MS,
      used: isRefusedAll ? 100 : usedOf(window, now),
      resetsAt: isRefusedAll ? until : resetOf(window, now),
    }, now)
  );
  return limit(!isRefused && (!isSpent || view.hasCredits), shown);
}

/** 100 only if nothing is left. */
function usedOf(window: Window, now: number): number {
  const left = rest(window, now);
  return left <= 0 ? 100 : Math.min(99, 100 - left);
}

function resetOf({ resetsAt }: Window, now: number): number | undefined {
  return resetsAt !== undefined && resetsAt > now ? resetsAt : undefined;
}

const MINUTE_MS = 60_000;

function limit(allowed: boolean, windows: readonly ShownWindow[]): unknown {
  const [primary = null, secondary = null] = windows.map((
    { used, minutes, resetAt, resetIn },
  ) => ({
    used_percent: used,
    limit_window_seconds: minutes * 60,
    reset_after_seconds: resetIn,
    reset_at: resetAt,
  }));
  return {
    allowed,
    limit_reached: !allowed,
    primary_window: primary,
    secondary_window: secondary,
  };
}
