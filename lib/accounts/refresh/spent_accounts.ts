/**
 * Accounts whose file holds a spent refresh token: logged once each, and
 * invalid unless their access token is still good.
 *
 * Such a file was put back from a backup. It does not go to the trash: the
 * server has not declared its login dead.
 */

import type { Log } from "../../runtime.ts";
import type { Account } from "../pool/account.ts";
import type { Registry } from "../pool/registry.ts";
import { SPENT, spentAmong } from "./spent.ts";

export interface SpentAccountsOptions {
  readonly dir: string;
  readonly registry: Registry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** Reads the account's file again. */
  readonly reread: (account: Account) => Promise<unknown>;
}

export class SpentAccounts {
  readonly #options: SpentAccountsOptions;
  /** The token of each account when it was last checked. */
  readonly #seen = new WeakMap<Account, string>();

  constructor(options: SpentAccountsOptions) {
    this.#options = options;
  }

  /** Checks the accounts whose current token was not checked yet. */
  async tell(): Promise<void> {
    const { dir, registry, reread } = this.#options;
    const unseen = registry.accounts().filter((account) =>
      this.#seen.get(account) !== account.refreshToken
    );
    if (unseen.length === 0) return;
    const isSpent = await spentAmong(dir);
    for (const account of unseen) {
      this.#seen.set(account, account.refreshToken);
      if (account.isInvalid || !isSpent(account.refreshToken)) continue;
      // Another process may have spent it since the file was read.
      await reread(account);
      if (isSpent(account.refreshToken)) this.refuse(account, SPENT);
    }
  }

  /** Stops the use of its refresh token; `why` says what to do. */
  refuse(account: Account, why: string): void {
    const { log, now, registry } = this.#options;
    const { id, label } = account;
    log.warn(why, { account: id, label });
    giveUpToken(account, why, now());
    registry.refreshDuplicates();
  }
}

/** Makes the account invalid, unless its access token is still good. */
export function giveUpToken(account: Account, why: string, now: number): void {
  const { credential } = account;
  if (credential !== undefined && credential.expiresAt > now) {
    return account.noted(why, now);
  }
  account.failed({ kind: "account_invalid", message: why }, now);
}
