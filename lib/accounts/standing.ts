/**
 * How an account stands with one service: with turns, or with a side route
 * such as images, whose failures say nothing of turns.
 *
 * Applies the pure transitions of `status.ts` and counts how often in a row
 * upstream gave no hint, so that each guess is twice as long as the last one.
 */

import type { Failure } from "../failure/failure.ts";
import { cooldownFor } from "./cooldown.ts";
import {
  ACTIVE,
  coolDown,
  type CooldownReason,
  invalidate,
  isGuess,
  type Status,
  statusAt,
  wake,
} from "./status.ts";

/** Failures without a hint, in a row. */
interface Streak {
  readonly level: number;
  /** When the last step was taken, in milliseconds since the epoch. */
  readonly at: number;
}

const NO_STREAK: Streak = { level: 0, at: -Infinity };

export class Standing {
  #status: Status = ACTIVE;
  readonly #streaks = new Map<CooldownReason, Streak>();

  status(now: number): Status {
    return statusAt(this.#status, now);
  }

  get isInvalid(): boolean {
    return this.#status.state === "invalid";
  }

  /** Somebody signed in again, or another process did: old blame is gone. */
  clear(): void {
    this.#status = ACTIVE;
    this.#streaks.clear();
  }

  /** It serves: no guess of ours keeps it away any longer. */
  succeeded(): void {
    this.#streaks.clear();
    if (isGuess(this.#status)) this.#status = ACTIVE;
  }

  /** `startedAt`: when the attempt began that failed. */
  failed(failure: Failure, now: number, startedAt: number): void {
    if (failure.kind === "account_invalid") {
      this.#status = invalidate(this.#status, now);
      return;
    }
    const level = (reason: CooldownReason) =>
      (this.#streaks.get(reason) ?? NO_STREAK).level;
    const cooldown = cooldownFor(failure, level, now);
    if (cooldown === undefined) return;
    if (cooldown.source === "local_backoff") {
      this.#step(cooldown.reason, now, startedAt);
    }
    this.#status = coolDown(this.status(now), cooldown);
  }

  /** Ends a cooldown, not an invalid state; says whether it could. */
  wake(): boolean {
    this.#status = wake(this.#status);
    if (this.#status.state === "invalid") return false;
    this.#streaks.clear();
    return true;
  }

  /** Fifty requests that meet one limit are one limit, not fifty steps. */
  #step(reason: CooldownReason, now: number, startedAt: number): void {
    const { level, at } = this.#streaks.get(reason) ?? NO_STREAK;
    // One that is still to come is of a clock that was turned back.
    if (startedAt <= at && at <= now) return;
    this.#streaks.set(reason, { level: level + 1, at: now });
  }
}
