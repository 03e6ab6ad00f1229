/**
 * A chosen account's place in flight, given back exactly once.
 *
 * Reports an answer and the outcome; the registry decides what follows.
 */

import type { Failure } from "../../failure/failure.ts";
import type { Rule } from "../../policy/input.ts";
import type { Reading } from "../../quota/quota.ts";
import type { Account } from "./account.ts";
import type { Moved } from "./moved.ts";

export type Outcome =
  | { readonly kind: "success" }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** It failed after content went out: only the account's own faults count. */
  | { readonly kind: "broke_off"; readonly failure: Failure }
  /** The caller left: does not cool down the account. */
  | { readonly kind: "released" };

export class Lease {
  readonly account: Account;
  /** Chosen during a cooldown whose length we guessed. */
  readonly isGuess: boolean;
  /** Why this account was chosen. */
  readonly rule: Rule | undefined;
  /** The number of the decision that chose it, since the start. */
  readonly decision: number | undefined;
  readonly #report: (outcome: Outcome) => void;
  readonly #onAnswer: () => Moved | undefined;
  readonly #onReading: (reading: Reading) => void;
  #answered = false;
  #moved: Moved | undefined;
  #settled = false;

  constructor(
    account: Account,
    report: (outcome: Outcome) => void,
    {
      onAnswer = () => undefined,
      onReading = () => {},
      isGuess = false,
      rule,
      decision,
    }: {
      /** Returns from where that moves the session; undefined: it does not. */
      readonly onAnswer?: () => Moved | undefined;
      readonly onReading?: (reading: Reading) => void;
      readonly isGuess?: boolean;
      readonly rule?: Rule | undefined;
      readonly decision?: number | undefined;
    } = {},
  ) {
    this.account = account;
    this.isGuess = isGuess;
    this.rule = rule;
    this.decision = decision;
    this.#report = report;
    this.#onAnswer = onAnswer;
    this.#onReading = onReading;
  }

  get isUnanswered(): boolean {
    return !this.#answered && !this.#settled;
  }

  /** Whether its answer has moved the session here from another account. */
  get hasMoved(): boolean {
    return this.#moved !== undefined;
  }

  /** From where its answer has moved the session, and why. */
  get moved(): Moved | undefined {
    return this.#moved;
  }

  /** An answer with content has begun. Later calls are ignored. */
  answered(): void {
    if (!this.isUnanswered) return;
    this.#answered = true;
    this.#moved = this.#onAnswer();
  }

  /** Upstream has told something of the account's quota, also behind the end. */
  learned(reading: Reading | undefined): void {
    if (reading !== undefined) this.#onReading(reading);
  }

  /** Settles once; later calls are ignored. Success counts as an answer. */
  settle(outcome: Outcome): void {
    if (this.#settled) return;
    if (outcome.kind === "success") this.answered();
    this.#settled = true;
    this.#report(outcome);
  }
}
