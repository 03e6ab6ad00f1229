/**
 * A chosen account's place in flight, given back exactly once.
 *
 * Says that it was answered, how it ended and that it is over; what follows from
 * that is the registry's business.
 */

import type { Failure } from "../failure/failure.ts";
import type { Account } from "./account.ts";

export type Outcome =
  | { readonly kind: "success" }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** It failed when content had gone out: trouble there is the turn's own. */
  | { readonly kind: "broke_off"; readonly failure: Failure }
  /** The caller left; blames nobody. */
  | { readonly kind: "released" };

export class Lease {
  readonly account: Account;
  /** Chosen although a guess of ours said that it may not be fit yet. */
  readonly isGuess: boolean;
  readonly #report: (outcome: Outcome) => void;
  readonly #onAnswer: () => void;
  #answered = false;
  #settled = false;

  constructor(
    account: Account,
    report: (outcome: Outcome) => void,
    { onAnswer = () => {}, isGuess = false }: {
      readonly onAnswer?: () => void;
      readonly isGuess?: boolean;
    } = {},
  ) {
    this.account = account;
    this.isGuess = isGuess;
    this.#report = report;
    this.#onAnswer = onAnswer;
  }

  get settled(): boolean {
    return this.#settled;
  }

  get isUnanswered(): boolean {
    return !this.#answered && !this.#settled;
  }

  /** An answer with content is here, whatever becomes of it. Counts once. */
  answered(): void {
    if (!this.isUnanswered) return;
    this.#answered = true;
    this.#onAnswer();
  }

  /** Settles once; later calls are ignored. A success is an answer as well. */
  settle(outcome: Outcome): void {
    if (this.#settled) return;
    if (outcome.kind === "success") this.answered();
    this.#settled = true;
    this.#report(outcome);
  }

  /** Guards against bugs: whatever is thrown, the place is given back. */
  [Symbol.dispose](): void {
    this.settle({ kind: "released" });
  }
}
