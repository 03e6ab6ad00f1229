/**
 * How a command reaches the accounts: through the running gateway or, without
 * one, directly in the folder.
 *
 * Either way the same store does the work, under the same locks. Prints
 * nothing.
 */
import type { Disposition, Import } from "../../accounts/import/import.ts";
import type { Result } from "../../result.ts";
import type { AccountView } from "../../server/admin/account_view.ts";
import type { PoolView } from "../../server/admin/pool_view.ts";
import type { UsageView } from "../../server/admin/usage_view.ts";
import type { ResetAnswer } from "./read_reset.ts";

export type { AccountView } from "../../server/admin/account_view.ts";
export type { PoolView } from "../../server/admin/pool_view.ts";
export type { UsageRowView, UsageView } from "../../server/admin/usage_view.ts";

/** What a sign-in gave, or what a person imports. */
export type Login = Import;

export interface Added {
  readonly account: AccountView;
  readonly alreadyExists: boolean;
  readonly disposition: Disposition;
}

export interface Woken {
  readonly disposition: "woken" | "skipped_auth_invalid";
  readonly account: AccountView;
}

/** How a refresh ended. The message holds no token. */
export type RefreshReport =
  | { readonly kind: "refreshed"; readonly account: AccountView }
  | {
    /** `dead`: a person must sign in again. `failed`: may work later. */
    readonly kind: "dead" | "failed";
    readonly account: AccountView;
    readonly message: string;
  };

/** Some of an account's settings, in the words of the admin port. */
export interface SettingsChange {
  readonly paused?: boolean;
  readonly priority?: number;
  readonly keep?: number;
}

/**
 * `name` is an account's id, label or email, or the start of one, and must be
 * unambiguous. Errors say what a person can do.
 */
export interface Pool {
  readonly via: "gateway" | "folder";
  /** The address of the gateway, or the folder. */
  readonly at: string;
  /** Like `find`, `usage` and `wake`, changes nothing in the folder. */
  list(): Promise<Result<PoolView, string>>;
  /** What turns have used in the last `days` days. */
  usage(days: number): Promise<Result<UsageView, string>>;
  find(name: string): Promise<Result<AccountView, string>>;
  add(login: Login): Promise<Result<Added, string>>;
  wake(name: string): Promise<Result<Woken, string>>;
  wakeAll(): Promise<Result<readonly Woken[], string>>;
  /** Returns the account as it was before. */
  remove(name: string): Promise<Result<AccountView, string>>;
  refresh(name: string): Promise<Result<RefreshReport, string>>;
  /** Without `confirm` it only says what would be spent. */
  resetCredit(
    name: string,
    confirm: string | undefined,
  ): Promise<Result<ResetAnswer, string>>;
  /** Settings are kept over restarts, with or without a gateway. */
  set(
    name: string,
    changes: SettingsChange,
  ): Promise<Result<AccountView, string>>;
  /** Gives it another label; returns it as it is then. */
  rename(name: string, label: string): Promise<Result<AccountView, string>>;
  /** Has upstream's page of usage read. Only by a gateway. */
  readQuota(name: string): Promise<Result<void, string>>;
  /** Makes sure that a sign-in can be saved. */
  prepare(): Promise<Result<void, string>>;
  close(): Promise<void>;
}

/** A pool reached in one of the two ways. It takes ids only. */
export interface PoolAccess {
  readonly via: Pool["via"];
  readonly at: string;
  list(): Promise<Result<PoolView, string>>;
  usage(days: number): Promise<Result<UsageView, string>>;
  add(login: Login): Promise<Result<Added, string>>;
  wake(id: string): Promise<Result<Woken, string>>;
  wakeAll(): Promise<Result<readonly Woken[], string>>;
  remove(id: string): Promise<Result<void, string>>;
  refresh(id: string): Promise<Result<RefreshReport, string>>;
  resetCredit(
    id: string,
    confirm: string | undefined,
  ): Promise<Result<ResetAnswer, string>>;
  set(
    id: string,
    changes: SettingsChange,
  ): Promise<Result<AccountView, string>>;
  rename(id: string, label: string): Promise<Result<AccountView, string>>;
  readQuota(id: string): Promise<Result<void, string>>;
  prepare(): Promise<Result<void, string>>;
  close(): Promise<void>;
}
