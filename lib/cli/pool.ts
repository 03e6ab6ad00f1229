/**
 * How a command reaches the accounts: through the gateway that serves them,
 * or, where none runs, on the folder itself.
 *
 * Either way the same store does the work, under the same locks. Says nothing
 * to the person; that is the commands' business.
 */
import type { Disposition } from "../accounts/import.ts";
import type { Config } from "../config.ts";
import { ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import type { AccountView } from "../server/account_view.ts";
import type { PoolView } from "../server/pool_view.ts";
import { chooseAccount } from "./account_choice.ts";
import { openFolderPool } from "./pool_folder.ts";
import { openGatewayPool } from "./pool_gateway.ts";
import { atGateway } from "./running_gateway.ts";

export type { AccountView } from "../server/account_view.ts";
export type { PoolView } from "../server/pool_view.ts";

/** What a sign-in has given, or what a person hands in. */
export interface Login {
  readonly refreshToken: string;
  readonly accessToken?: string | undefined;
  readonly idToken?: string | undefined;
  readonly label?: string | undefined;
  readonly email?: string | undefined;
}

export interface Added {
  readonly account: AccountView;
  readonly alreadyExists: boolean;
  readonly disposition: Disposition;
}

export interface Woken {
  readonly disposition: "woken" | "skipped_auth_invalid";
  readonly account: AccountView;
}

/** How a refresh ended; messages hold no token. */
export type Refreshed =
  | { readonly kind: "refreshed"; readonly account: AccountView }
  | {
    /** `dead`: a person must sign in again. `failed`: not now. */
    readonly kind: "dead" | "failed";
    readonly account: AccountView;
    readonly message: string;
  };

/**
 * An account is named by its id, the beginning of it, its label or its email,
 * where that is unambiguous. Errors say what a person can do.
 */
export interface Pool {
  readonly via: "gateway" | "folder";
  /** The address of the gateway, or the folder. */
  readonly at: string;
  /** Like `find` and `wake`, it changes nothing in the folder. */
  list(): Promise<Result<PoolView, string>>;
  find(name: string): Promise<Result<AccountView, string>>;
  add(login: Login): Promise<Result<Added, string>>;
  wake(name: string): Promise<Result<Woken, string>>;
  /** Gives the account as it was. */
  remove(name: string): Promise<Result<AccountView, string>>;
  refresh(name: string): Promise<Result<Refreshed, string>>;
  /** Sees to it that there is a place for a sign-in that is to come. */
  prepare(): Promise<Result<void, string>>;
  close(): Promise<void>;
}

/** What a way to the accounts has to offer: it knows ids only. */
export interface PoolAccess {
  readonly via: Pool["via"];
  readonly at: string;
  list(): Promise<Result<PoolView, string>>;
  add(login: Login): Promise<Result<Added, string>>;
  wake(id: string): Promise<Result<Woken, string>>;
  remove(id: string): Promise<Result<void, string>>;
  refresh(id: string): Promise<Result<Refreshed, string>>;
  prepare(): Promise<Result<void, string>>;
  close(): Promise<void>;
}

/** The gateway if one answers on the admin port, else the folder. */
export async function openPool(
  config: Config,
  runtime: Runtime,
): Promise<Result<Pool, string>> {
  const gateway = await openGatewayPool(await atGateway(config), runtime);
  if (!gateway.ok) return gateway;
  if (gateway.value !== undefined) return ok(withNames(gateway.value));

  const folder = await openFolderPool(config, runtime);
  return folder.ok ? ok(withNames(folder.value)) : folder;
}

function withNames(access: PoolAccess): Pool {
  const find = async (name: string) => {
    const listed = await access.list();
    return listed.ok ? chooseAccount(listed.value.accounts, name) : listed;
  };
  const onFound =
    <T>(act: (id: string) => Promise<Result<T, string>>) =>
    async (name: string): Promise<Result<T, string>> => {
      const found = await find(name);
      return found.ok ? await act(found.value.id) : found;
    };
  return {
    via: access.via,
    at: access.at,
    list: () => access.list(),
    find,
    add: (login) => access.add(login),
    wake: onFound((id) => access.wake(id)),
    refresh: onFound((id) => access.refresh(id)),
    remove: async (name) => {
      const found = await find(name);
      if (!found.ok) return found;
      const removed = await access.remove(found.value.id);
      return removed.ok ? found : removed;
    },
    prepare: () => access.prepare(),
    close: () => access.close(),
  };
}
