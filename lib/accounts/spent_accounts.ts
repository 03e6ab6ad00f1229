/**
 * Accounts whose file holds a refresh token that was used up before: told once
 * for each, and lost unless their access token is still good.
 *
 * Such a file has been put back from somewhere while nobody looked. It stays
 * where it is: it is nobody's newer login, and no judgement of the server's.
 */

import type { Log } from "../runtime.ts";
import type { Account } from "./account.ts";
import type { Registry } from "./registry.ts";
import { SPENT, spentAmong } from "./spent.ts";

export interface SpentAccountsOptions {
  readonly dir: string;
  readonly registry: Registry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** Takes over what is in the account's file by now. */
  readonly reread: (account: Account) => Promise<unknown>;
}

export class SpentAccounts {
  readonly #options: SpentAccountsOptions;
  /** The token that each account had when it was last looked at. */
  readonly #seen = new WeakMap<Account, string>();

  constructor(options: SpentAccountsOptions) {
    this.#options = options;
  }

  /** Looks at the accounts whose token nobody has looked at so far. */
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
      // Another process may have used it up since the file was read.
      await reread(account);
      if (isSpent(account.refreshToken)) this.refuse(account, SPENT);
    }
  }

  /** Its refresh token must not be sent, and `why` says what to do. */
  refuse(account: Account, why: string): void {
    const { log, now, registry } = this.#options;
    const { id, label } = account;
    log.warn(why, { account: id, label });
    giveUpToken(account, why, now());
    registry.refreshDuplicates();
  }
}

/** What is left of such an account is its access token, if that is good. */
export function giveUpToken(account: Account, why: string, now: number): void {
  const { credential } = account;
  if (credential !== undefined && credential.expiresAt > now) {
    return account.noted(why, now);
  }
  account.failed({ kind: "account_invalid", message: why }, now);
}
