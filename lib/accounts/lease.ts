/**
 * A chosen account's place in flight, given back exactly once.
 *
 * Says how it ended and that it is over; what follows from that is the
 * registry's business.
 */

import type { Failure } from "../failure/failure.ts";
import type { Account } from "./account.ts";

export type Outcome =
  | { readonly kind: "success" }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** The caller left; blames nobody. */
  | { readonly kind: "released" };

export class Lease {
  readonly account: Account;
  readonly #report: (outcome: Outcome) => void;
  #settled = false;

  constructor(account: Account, report: (outcome: Outcome) => void) {
    this.account = account;
    this.#report = report;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Settles once; later calls are ignored. */
  settle(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#report(outcome);
  }

  /** Guards against bugs: whatever is thrown, the place is given back. */
  [Symbol.dispose](): void {
    this.settle({ kind: "released" });
  }
}
