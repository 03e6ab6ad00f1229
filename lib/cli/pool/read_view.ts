/**
 * Reads the accounts as an admin port shows them. Pure.
 *
 * Works with older and newer gateways: a field that is missing becomes null.
 */
import {
  isObject,
  type JsonObject,
  numberField,
  stringField,
} from "../../protocol/json.ts";
import type { AccountView } from "../../server/admin/account_view.ts";
import type { PoolFiguresView } from "../../server/admin/pool_figures.ts";
import type { PoolView } from "../../server/admin/pool_view.ts";
import type { LimitView, QuotaView } from "../../server/admin/quota_view.ts";

/** Undefined if it is not a list of accounts. */
export function readPoolView(body: JsonObject): PoolView | undefined {
  const listed = body["accounts"];
  if (!Array.isArray(listed)) return undefined;
  const accounts: AccountView[] = [];
  for (const item of listed) {
    const account = readAccountView(item);
    if (account === undefined) return undefined;
    accounts.push(account);
  }
  const invalid = body["invalid_files"];
  return {
    accounts,
    invalid_files: Array.isArray(invalid) ? invalid.flatMap(readInvalid) : [],
    accounts_dir: stringField(body, "accounts_dir") ?? "",
    pool: readFigures(body["pool"]),
  };
}

function readFigures(value: unknown): PoolFiguresView | null {
  if (!isObject(value)) return null;
  return {
    accounts: numberIn(value, "accounts") ?? 0,
    can_serve: numberIn(value, "can_serve") ?? 0,
    windows: readPooled(value["windows"]),
    next_reset_at: stringField(value, "next_reset_at") ?? null,
  };
}

function readPooled(value: unknown): PoolFiguresView["windows"] {
  const windows = Array.isArray(value) ? value.filter(isObject) : [];
  return windows.map((window) => ({
    class: stringField(window, "class") ?? "",
    minutes: numberIn(window, "minutes") ?? 0,
    used_percent: numberIn(window, "used_percent") ?? 0,
    resets_at: stringField(window, "resets_at") ?? null,
  }));
}

/** Undefined if it is not an account. */
export function readAccountView(value: unknown): AccountView | undefined {
  if (!isObject(value)) return undefined;
  const text = (key: keyof AccountView) => stringField(value, key) ?? null;
  const flag = (key: keyof AccountView) => value[key] === true;
  const id = text("id");
  const state = text("routing_state");
  if (id === null || state === null) return undefined;

  const inFlight = numberField(value, "in_flight_requests") ?? 0;
  return {
    id,
    label: text("label"),
    email: text("email"),
    routing_state: state,
    blocked_reason: text("blocked_reason"),
    blocked_source: text("blocked_source"),
    blocked_until: text("blocked_until"),
    account_id: text("account_id"),
    plan_type: text("plan_type"),
    refresh_in_flight: flag("refresh_in_flight"),
    in_flight_requests: Number.isSafeInteger(inFlight) ? inFlight : 0,
    access_token_expires_at: text("access_token_expires_at"),
    last_refresh_at: text("last_refresh_at"),
    last_selected_at: text("last_selected_at"),
    last_success_at: text("last_success_at"),
    last_error_at: text("last_error_at"),
    last_error: text("last_error"),
    duplicate_of: text("duplicate_of"),
    persist_pending: flag("persist_pending"),
    signed_out_at: text("signed_out_at"),
    quota: readQuota(value["quota"]),
    serves: text("serves") ?? servesOf(value),
    serves_at: text("serves_at") ?? text("blocked_until"),
    paused: flag("paused"),
    priority: numberIn(value, "priority") ?? 0,
    keep: numberIn(value, "keep") ?? 0,
    weight: numberIn(value, "weight"),
    score: numberIn(value, "score"),
  };
}

/** Of an older gateway, which does not say it. */
function servesOf(value: JsonObject): string {
  if (stringField(value, "duplicate_of") !== undefined) return "duplicate";
  const isInvalid = stringField(value, "routing_state") === "auth_invalid";
  return isInvalid ? "invalid" : stringField(value, "blocked_reason") ?? "now";
}

/** As the gateway tells it; null if any of it is not as expected. */
function readQuota(value: unknown): QuotaView | null {
  if (!isObject(value) || !Array.isArray(value["limits"])) return null;
  const limits = value["limits"].filter(isObject).map(readLimit);
  const credits = value["credits"];
  const spend = value["spend"];
  return {
    observed_at: stringField(value, "observed_at") ?? null,
    source: stringField(value, "source") ?? "",
    plan_type: stringField(value, "plan_type") ?? null,
    limits,
    credits: isObject(credits)
      ? {
        has_credits: credits["has_credits"] === true,
        unlimited: credits["unlimited"] === true,
        balance: stringField(credits, "balance") ?? null,
      }
      : null,
    reset_credits: numberIn(value, "reset_credits"),
    spend: isObject(spend)
      ? {
        reached: typeof spend["reached"] === "boolean"
          ? spend["reached"]
          : null,
        used_percent: numberIn(spend, "used_percent"),
        resets_at: stringField(spend, "resets_at") ?? null,
      }
      : null,
  };
}

function readLimit(limit: JsonObject): LimitView {
  const windows = Array.isArray(limit["windows"]) ? limit["windows"] : [];
  return {
    id: stringField(limit, "id") ?? "",
    name: stringField(limit, "name") ?? null,
    windows: windows.filter(isObject).map((window) => ({
      class: stringField(window, "class") ?? "",
      minutes: numberIn(window, "minutes"),
      used_percent: numberIn(window, "used_percent") ?? 0,
      resets_at: stringField(window, "resets_at") ?? null,
      running: window["running"] === true,
    })),
    blocked_until: stringField(limit, "blocked_until") ?? null,
    recheck_at: stringField(limit, "recheck_at") ?? null,
  };
}

function numberIn(object: JsonObject, key: string): number | null {
  const value = object[key];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function readInvalid(value: unknown): PoolView["invalid_files"] {
  if (!isObject(value)) return [];
  const file = stringField(value, "file");
  const reason = stringField(value, "reason");
  return file === undefined || reason === undefined ? [] : [{ file, reason }];
}
