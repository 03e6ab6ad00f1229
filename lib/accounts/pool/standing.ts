/**
 * The status of an account for one service: for turns, or for a side route such
 * as images, whose failures say nothing about turns.
 *
 * Applies the pure transitions of `status.ts`. Counts failures in a row without
 * a retry hint, so that each guessed cooldown is twice as long as the last one.
 */

import type { Failure } from "../../failure/failure.ts";
import { cooldownFor } from "./cooldown.ts";
import {
  coolDown,
  type CooldownReason,
  invalidate,
  isOutage,
  SERVING,
  type Status,
  statusAt,
  wake,
} from "./status.ts";

/** Failures in a row without a retry hint. */
interface Streak {
  readonly level: number;
  /** When `level` last rose, in milliseconds since the epoch. */
  readonly at: number;
}

const NO_STREAK: Streak = { level: 0, at: -Infinity };

export class Standing {
  #status: Status = SERVING;
  readonly #streaks = new Map<CooldownReason, Streak>();

  status(now: number): Status {
    return statusAt(this.#status, now);
  }

  get isInvalid(): boolean {
    return this.#status.state === "invalid";
  }

  /** After a new sign-in, or when another process has refreshed the login. */
  clear(): void {
    this.#status = SERVING;
    this.#streaks.clear();
  }

  /** The account serves: ends a cooldown for an outage. */
  succeeded(): void {
    this.#streaks.clear();
    if (isOutage(this.#status)) this.#status = SERVING;
  }

  /** `startedAt`: when the failed attempt began. */
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

  /** Ends a cooldown. False: the account is invalid, and stays so. */
  wake(): boolean {
    this.#status = wake(this.#status);
    if (this.#status.state === "invalid") return false;
    this.#streaks.clear();
    return true;
  }

  /** Concurrent attempts that meet one limit count as one step. */
  #step(reason: CooldownReason, now: number, startedAt: number): void {
    const { level, at } = this.#streaks.get(reason) ?? NO_STREAK;
    // A step in the future is from before the clock was turned back.
    if (startedAt <= at && at <= now) return;
    this.#streaks.set(reason, { level: level + 1, at: now });
  }
}
