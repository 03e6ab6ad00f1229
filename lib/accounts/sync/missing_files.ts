/**
 * Which account files are missing, and since when: many programs save a file by
 * removing it and writing it again, and turns must not notice.
 */

import type { Account } from "../pool/account.ts";

export class MissingFiles {
  readonly #graceMs: number;
  /** When each file went missing, by `Clock.elapsed`. */
  #since: ReadonlyMap<Account, number> = new Map();

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** The accounts of `known` whose missing file may still come back. */
  update(
    known: readonly Account[],
    names: ReadonlySet<string>,
    elapsed: number,
  ): ReadonlySet<Account> {
    const absent = known.filter((account) =>
      !account.trashed && !names.has(account.fileName)
    );
    this.#since = new Map(
      absent.map((account) => [account, this.#since.get(account) ?? elapsed]),
    );
    return new Set(
      absent.filter((account) => {
        const since = this.#since.get(account) ?? elapsed;
        return elapsed - since < this.#graceMs;
      }),
    );
  }
}
