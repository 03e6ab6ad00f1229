/**
 * What one turn of a websocket has learned on its way from account to account:
 * whom it was with, what they said, and what another try could change.
 *
 * Judges whom a failure is held against; whether there is another try is the
 * session's decision.
 */
import type { Account, Credential } from "../accounts/account.ts";
import type { Outcome } from "../accounts/lease.ts";
import type { PreparedRequest } from "../downstream/prepared.ts";
import { withoutReasoning } from "../downstream/reasoning.ts";
import type { Failure } from "../failure/failure.ts";
import { lastWord, SHORT_LIMIT_MS } from "./account_choice.ts";
import { isForeign } from "./attempt.ts";
import type { Turn } from "./session_state.ts";

export class TurnSearch {
  readonly turn: Turn;
  /** Ids of accounts that have had their say. */
  readonly tried = new Set<string>();
  /** Waits before the turn is sent again behind a cut, in milliseconds. */
  readonly #retryMs: readonly number[];
  readonly #failures: Failure[] = [];
  readonly #prepared: PreparedRequest;
  #sends = 0;
  #cuts = 0;
  #tokenRejected = false;
  #hasWaited = false;
  /** The account that must not be sent the reasoning of others. */
  #lightFor: Account | undefined;

  constructor(
    turn: Turn,
    prepared: PreparedRequest,
    retryMs: readonly number[],
  ) {
    this.turn = turn;
    this.#prepared = prepared;
    this.#retryMs = retryMs;
  }

  /** The retries and the one other account are used up, as over HTTP. */
  get isSpent(): boolean {
    return this.#cuts > this.#retryMs.length + 1;
  }

  /** How long to wait before the next try, in milliseconds. */
  get pauseMs(): number {
    return this.#cuts === 0 ? 0 : this.#retryMs[this.#cuts - 1] ?? 0;
  }

  /** An account has had all the time there is; asking it again would cost as much. */
  exclude(id: string): void {
    this.tried.add(id);
  }

  /** The connection was lost with the turn, or before it took the turn. */
  cut(account: Account): void {
    this.#failures.push(CUT);
    this.#cuts++;
    if (this.#cuts > this.#retryMs.length) this.tried.add(account.id);
  }

  /** What to send this account now, and whether it was sent before. */
  next(
    account: Account,
  ): { readonly prepared: PreparedRequest; readonly again: boolean } {
    const light = account === this.#lightFor
      ? withoutReasoning(this.#prepared)
      : undefined;
    return { prepared: light ?? this.#prepared, again: this.#sends++ > 0 };
  }

  /** Of all that was said, what says more than that no account is left. */
  lastWord(failure: Failure): Failure {
    if (failure.kind !== "no_account") return failure;
    return lastWord(this.#failures) ?? failure;
  }

  /** What a turn ends with that was cut too often. */
  get spent(): Failure {
    return lastWord(this.#failures) ?? CUT;
  }

  /**
   * What the account is blamed for. `credential` is that of its connection,
   * which may be gone by now.
   */
  judge(
    outcome: Outcome,
    account: Account,
    credential: Credential | undefined,
  ): Outcome {
    if (outcome.kind !== "failed") return outcome;
    const { failure } = outcome;
    if (failure.kind === "transport") {
      this.cut(account);
      return outcome;
    }
    if (failure.kind === "access_token_rejected" && !this.#tokenRejected) {
      this.#tokenRejected = true;
      if (credential) account.dropCredential(credential);
      return { kind: "released" };
    }
    if (isForeign(failure) && this.#lighten(account)) {
      return { kind: "released" };
    }
    // Its limit may be over in a moment: then it is asked once more.
    if (!this.#isWorthWaiting(failure)) this.tried.add(account.id);
    this.#failures.push(failure);
    return outcome;
  }

  #isWorthWaiting(failure: Failure): boolean {
    const isHint = failure.kind === "rate_limited" ||
      failure.kind === "unavailable";
    if (this.#hasWaited || !isHint) return false;
    this.#hasWaited = (failure.retryAfterMs ?? Infinity) <= SHORT_LIMIT_MS;
    return this.#hasWaited;
  }

  /** Leaves out, for this account, what another one has encrypted. */
  #lighten(account: Account): boolean {
    if (account === this.#lightFor) return false;
    if (withoutReasoning(this.#prepared) === undefined) return false;
    this.#lightFor = account;
    return true;
  }
}

const CUT: Failure = {
  kind: "transport",
  message: "the websocket was cut before the turn had an answer",
};
