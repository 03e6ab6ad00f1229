/**
 * Reads the accounts as an admin port shows them. Pure.
 *
 * Works with older and newer gateways: a field that is missing becomes null.
 */
import { isObject, type JsonObject, stringField } from "../../protocol/json.ts";
import type { AccountView } from "../../server/account_view.ts";
import type { PoolView } from "../../server/pool_view.ts";

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
  };
}

/** Undefined if it is not an account. */
export function readAccountView(value: unknown): AccountView | undefined {
  if (!isObject(value)) return undefined;
  const text = (key: keyof AccountView) => stringField(value, key) ?? null;
  const flag = (key: keyof AccountView) => value[key] === true;
  const id = text("id");
  const state = text("routing_state");
  if (id === null || state === null) return undefined;

  const inFlight = Number(value["in_flight_requests"]);
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
  };
}

function readInvalid(value: unknown): PoolView["invalid_files"] {
  if (!isObject(value)) return [];
  const file = stringField(value, "file");
  const reason = stringField(value, "reason");
  return file === undefined || reason === undefined ? [] : [{ file, reason }];
}
