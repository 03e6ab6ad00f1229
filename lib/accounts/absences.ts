/**
 * Which files are away, and for how long: many a program saves by removing a
 * file and making it anew, and turns must not notice.
 */

import { lasts } from "../clock.ts";
import type { Account } from "./account.ts";

/** How long a save may take that removes the file first. */
export const GRACE_MS = 350;

export class Absences {
  readonly #graceMs: number;
  /** Since when, in milliseconds since the epoch. */
  #since: ReadonlyMap<Account, number> = new Map();

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** Those of `known` whose file may still be on its way back. */
  update(
    known: readonly Account[],
    names: ReadonlySet<string>,
    now: number,
  ): ReadonlySet<Account> {
    const absent = known.filter((account) =>
      !account.trashed && !names.has(account.fileName)
    );
    this.#since = new Map(
      absent.map((account) => [account, this.#since.get(account) ?? now]),
    );
    return new Set(
      absent.filter((account) => {
        const since = this.#since.get(account) ?? now;
        return lasts({ since, ms: this.#graceMs, now });
      }),
    );
  }
}
