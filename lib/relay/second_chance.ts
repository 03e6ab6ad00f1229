/**
 * Retries the first account that met a passing outage, once, when no other
 * account is left. Without the gateway the client would retry at once and would
 * usually be served.
 */
import type { Account } from "../accounts/pool/account.ts";
import type { Failure } from "../failure/failure.ts";
import { SECOND_CHANCE_MS } from "../limits.ts";
import type { Runtime } from "../runtime.ts";
import { pause } from "./attempt.ts";

export class SecondChance {
  #account: Account | undefined;
  #isUsed = false;

  /**
   * Records the failure of an attempt. An account in a guessed cooldown
   * (`isGuess`) gets no second chance: throughout an outage, every request would
   * ask it twice.
   */
  failed(account: Account, failure: Failure, isGuess: boolean): void {
    if (this.#isUsed || isGuess || !isPassing(failure)) return;
    this.#account ??= account;
  }

  /** Waits, then returns the account to retry. Returns one only once. */
  async take(
    signal: AbortSignal,
    runtime: Pick<Runtime, "after">,
  ): Promise<Account | undefined> {
    const account = this.#account;
    if (account === undefined) return undefined;
    this.#account = undefined;
    this.#isUsed = true;
    await pause(SECOND_CHANCE_MS, signal, runtime);
    return account;
  }
}

/** Upstream answered with an outage and gave no retry hint. */
function isPassing(failure: Failure): boolean {
  return failure.kind === "unavailable" && failure.retryAfterMs === undefined;
}
