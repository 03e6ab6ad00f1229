/**
 * Logs tokens that the disk refuses: at once, again each minute, and when the
 * disk has them at last.
 *
 * Only logs. Retries are up to `store.ts`, several times a second if need be.
 */

import type { Clock } from "../../clock.ts";
import { REMIND_MS } from "../../limits.ts";
import type { Log } from "../../runtime.ts";
import type { Account } from "../pool/account.ts";

export class RefusedWrites {
  readonly #log: Log;
  readonly #elapsed: Clock["elapsed"];
  /** When it was last logged, by `Clock.elapsed`. */
  readonly #told = new WeakMap<Account, number>();

  constructor(
    { log, elapsed }: { readonly log: Log } & Pick<Clock, "elapsed">,
  ) {
    this.#log = log;
    this.#elapsed = elapsed;
  }

  /** `fresh`: these tokens were not logged yet. */
  refused(account: Account, reason: string, { fresh = false } = {}): void {
    const last = this.#told.get(account);
    const elapsed = this.#elapsed();
    const isRecent = last !== undefined && elapsed - last < REMIND_MS;
    if (!fresh && isRecent) return;
    this.#told.set(account, elapsed);
    this.#log.error("refreshed tokens are not in the account file yet", {
      account: account.id,
      label: account.label,
      reason,
    });
  }

  accepted(account: Account): void {
    if (!this.#told.delete(account)) return;
    this.#log.info("refreshed tokens are in the account file now", {
      account: account.id,
      label: account.label,
    });
  }
}
