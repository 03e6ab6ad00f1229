/**
 * What one websocket turn has learned on its way from account to account: which
 * accounts it has tried, how they failed, and what the next attempt should
 * change.
 *
 * Decides which failures are reported for an account. The session decides
 * whether there is another attempt.
 */
import type { Account, Credential } from "../../accounts/pool/account.ts";
import type { Lease, Outcome } from "../../accounts/pool/lease.ts";
import type { PreparedRequest } from "../../downstream/prepared.ts";
import { withoutReasoning } from "../../downstream/reasoning.ts";
import type { Failure } from "../../failure/failure.ts";
import { SHORT_LIMIT_MS } from "../../limits.ts";
import type { Runtime } from "../../runtime.ts";
import { lastWord } from "../account_choice.ts";
import { isForeign, isOfForm } from "../attempt.ts";
import { Guesses } from "../guesses.ts";
import { SecondChance } from "../second_chance.ts";
import type { Turn } from "./session_state.ts";

export class TurnSearch {
  readonly turn: Turn;
  /** Ids of accounts that this turn must not try again. */
  readonly tried = new Set<string>();
  readonly guesses = new Guesses();
  /** Waits before the turn is sent again after a cut, in milliseconds. */
  readonly #retryMs: readonly number[];
  readonly #failures: Failure[] = [];
  readonly #secondChance = new SecondChance();
  #sends = 0;
  #cuts = 0;
  /** The accounts whose token upstream has rejected in this turn. */
  readonly #rejected = new Set<Account>();
  #hasWaited = false;
  /** The account that gets the turn without encrypted reasoning. */
  #lightFor: Account | undefined;
  /** The turn in its other form, once its own was refused. */
  #reformed: PreparedRequest | undefined;
  #hasFormWorked = false;

  constructor(turn: Turn, retryMs: readonly number[]) {
    this.turn = turn;
    this.#retryMs = retryMs;
  }

  /** All retries and one more account have failed, as over HTTP. */
  get isSpent(): boolean {
    return this.#cuts > this.#retryMs.length + 1;
  }

  /** The wait before the next attempt, in milliseconds. */
  get pauseMs(): number {
    return this.#cuts === 0 ? 0 : this.#retryMs[this.#cuts - 1] ?? 0;
  }

  /** Excludes an account that was silent up to the idle limit. */
  exclude(id: string): void {
    this.tried.add(id);
  }

  /** The connection was lost during the turn, or before it was sent. */
  cut(account: Account): void {
    this.#failures.push(CUT);
    this.#cuts++;
    if (this.#cuts > this.#retryMs.length) this.tried.add(account.id);
  }

  /** The request for this account, and whether the turn was sent before. */
  next(
    account: Account,
  ): { readonly prepared: PreparedRequest; readonly again: boolean } {
    const whole = this.#reformed ?? this.turn.prepared;
    const light = account === this.#lightFor
      ? withoutReasoning(whole)
      : undefined;
    return { prepared: light ?? whole, again: this.#sends++ > 0 };
  }

  /** From now on, sends the other form, if this failure is about the form. */
  reform(failure: Failure): boolean {
    const other = this.turn.prepared.form?.other;
    if (!isOfForm(failure) || !other || this.#reformed) return false;
    this.#reformed = other();
    return true;
  }

  /** The turn in its other form; undefined if not tried, or known to work. */
  get onTrial(): PreparedRequest | undefined {
    return this.#hasFormWorked ? undefined : this.#reformed;
  }

  formWorked(): void {
    this.#hasFormWorked = true;
  }

  /** The failure that tells the caller more than "no account is left". */
  lastWord(failure: Failure): Failure {
    if (failure.kind !== "no_account") return failure;
    return lastWord(this.#failures) ?? failure;
  }

  /** The failure of a turn that was cut too often. */
  get spent(): Failure {
    return lastWord(this.#failures) ?? CUT;
  }

  /**
   * The outcome to settle the account's lease with. `credential` is that of its
   * connection; undefined if the connection has closed since.
   */
  judge(
    outcome: Outcome,
    { account, isGuess }: Lease,
    credential: Credential | undefined,
  ): Outcome {
    if (outcome.kind !== "failed") return outcome;
    const { failure } = outcome;
    if (failure.kind === "transport") {
      this.cut(account);
      return outcome;
    }
    const isRejected = failure.kind === "access_token_rejected";
    if (isRejected && !this.#rejected.has(account)) {
      this.#rejected.add(account);
      if (credential) account.dropCredential(credential);
      return { kind: "released" };
    }
    if (isForeign(failure) && this.#lighten(account)) {
      return { kind: "released" };
    }
    // An account whose limit ends in a moment is asked once more.
    if (!this.#isWorthWaiting(failure)) this.tried.add(account.id);
    this.#failures.push(failure);
    this.#secondChance.failed(account, failure, isGuess);
    return outcome;
  }

  /** Whether an account may be asked once more, where none is left. */
  async takeSecondChance(
    signal: AbortSignal,
    runtime: Pick<Runtime, "after">,
  ): Promise<boolean> {
    const account = await this.#secondChance.take(signal, runtime);
    if (account === undefined) return false;
    this.guesses.oneMore();
    return this.tried.delete(account.id);
  }

  #isWorthWaiting(failure: Failure): boolean {
    const isHint = failure.kind === "rate_limited" ||
      failure.kind === "unavailable" || failure.kind === "not_refreshed";
    if (this.#hasWaited || !isHint) return false;
    this.#hasWaited = (failure.retryAfterMs ?? Infinity) <= SHORT_LIMIT_MS;
    return this.#hasWaited;
  }

  /** From now on, leaves encrypted reasoning out for this account. */
  #lighten(account: Account): boolean {
    if (account === this.#lightFor) return false;
    if (withoutReasoning(this.turn.prepared) === undefined) return false;
    this.#lightFor = account;
    return true;
  }
}

const CUT: Failure = {
  kind: "transport",
  message: "the websocket was cut before the turn had an answer",
};
