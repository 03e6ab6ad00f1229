/**
 * Logs tokens that the disk refuses: at once, again each minute, and when the
 * disk has them at last.
 *
 * Only logs. Retries are up to `store.ts`, several times a second if need be.
 */

import { lasts } from "../../clock.ts";
import { REMIND_MS } from "../../limits.ts";
import type { Log } from "../../runtime.ts";
import type { Account } from "../pool/account.ts";

export class RefusedWrites {
  readonly #log: Log;
  readonly #now: () => number;
  /** When it was last logged, in milliseconds since the epoch. */
  readonly #told = new WeakMap<Account, number>();

  constructor({ log, now }: { readonly log: Log; readonly now: () => number }) {
    this.#log = log;
    this.#now = now;
  }

  /** `fresh`: these tokens were not logged yet. */
  refused(account: Account, reason: string, { fresh = false } = {}): void {
    const last = this.#told.get(account);
    const now = this.#now();
    const isRecent = last !== undefined &&
      lasts({ since: last, ms: REMIND_MS, now });
    if (!fresh && isRecent) return;
    this.#told.set(account, now);
    this.#log.error("refreshed tokens are not in the account file yet", {
      account: account.id,
      reason,
    });
  }

  accepted(account: Account): void {
    if (!this.#told.delete(account)) return;
    this.#log.info("refreshed tokens are in the account file now", {
      account: account.id,
    });
  }
}
