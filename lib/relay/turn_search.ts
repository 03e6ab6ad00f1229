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
import { isForeign } from "./attempt.ts";
import { lastWord } from "./dispatch.ts";
import type { Turn } from "./session_state.ts";

/** Cuts of one turn that may be chance. */
const MAX_CUTS = 4;

export class TurnSearch {
  readonly turn: Turn;
  /** Ids of accounts that have had their say. */
  readonly tried = new Set<string>();
  readonly #failures: Failure[] = [];
  #prepared: PreparedRequest;
  #sends = 0;
  #cuts = 0;
  #tokenRejected = false;
  #isLighter = false;

  constructor(turn: Turn, prepared: PreparedRequest) {
    this.turn = turn;
    this.#prepared = prepared;
  }

  /** The network is down, or upstream hangs up on everybody. */
  get isSpent(): boolean {
    return this.#cuts >= MAX_CUTS;
  }

  /** An account has had all the time there is; asking it again would cost as much. */
  exclude(id: string): void {
    this.tried.add(id);
  }

  /** A connection was lost before it took the turn. */
  cut(): void {
    this.#cuts++;
  }

  /** What to send now, and whether it was sent before. */
  next(): { readonly prepared: PreparedRequest; readonly again: boolean } {
    return { prepared: this.#prepared, again: this.#sends++ > 0 };
  }

  /** Upstream's own words say more than that no account is left. */
  lastWord(failure: Failure): Failure {
    if (failure.kind !== "no_account") return failure;
    return lastWord(this.#failures) ?? failure;
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
      this.#cuts++;
      if (this.#cuts > 1) this.tried.add(account.id);
      return outcome;
    }
    if (failure.kind === "access_token_rejected" && !this.#tokenRejected) {
      this.#tokenRejected = true;
      if (credential) account.dropCredential(credential);
      return { kind: "released" };
    }
    if (isForeign(failure) && this.#lighten()) return { kind: "released" };
    this.tried.add(account.id);
    this.#failures.push(failure);
    return outcome;
  }

  /** Leaves out, once, what another account has encrypted. */
  #lighten(): boolean {
    const lighter = this.#isLighter
      ? undefined
      : withoutReasoning(this.#prepared);
    this.#isLighter = true;
    this.#prepared = lighter ?? this.#prepared;
    return lighter !== undefined;
  }
}
