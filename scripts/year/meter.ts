/**
 * A window as upstream keeps it: its first use starts it, its end empties it,
 * and the time between two of them is lost.
 */
import { type Window, windowOf } from "../../lib/quota/quota.ts";
import { MINUTE } from "./time.ts";

export interface MeterOptions {
  /** In weeks of a plus account. */
  readonly allowance: number;
  /** In milliseconds. */
  readonly length: number;
}

/** Times are milliseconds since the year began. */
export class Meter {
  readonly #allowance: number;
  readonly #length: number;
  #used = 0;
  /** Undefined while it is not running. */
  #endsAt: number | undefined;
  #stoppedAt = 0;
  #ended = 0;
  #unused = 0;
  #stood = 0;

  constructor({ allowance, length }: MeterOptions) {
    this.#allowance = allowance;
    this.#length = length;
  }

  /** What was in all windows that have ended, in weeks of a plus account. */
  get opened(): number {
    return this.#ended * this.#allowance;
  }

  /** How much of that was left at their ends. */
  get unused(): number {
    return this.#unused;
  }

  /** How long it was not running, in milliseconds. */
  get stood(): number {
    return this.#stood;
  }

  /** When it ends; undefined while it is not running. */
  get endsAt(): number | undefined {
    return this.#endsAt;
  }

  /** As if it had begun before the year did. */
  beganEarlier(endsAt: number): void {
    this.#endsAt = endsAt;
  }

  isSpent(now: number): boolean {
    this.#roll(now);
    return this.#used >= this.#allowance;
  }

  charge(now: number, cost: number): void {
    this.#roll(now);
    if (this.#endsAt === undefined) {
      this.#endsAt = now + this.#length;
      this.#stood += now - this.#stoppedAt;
    }
    this.#used += cost;
  }

  /** As upstream tells of it, in whole percents; 100 only if it is spent. */
  reading(now: number): Window {
    this.#roll(now);
    const used = Math.min(1, this.#used / this.#allowance);
    return windowOf({
      minutes: this.#length / MINUTE,
      used: Math.floor(100 * used),
      resetsAt: this.#endsAt ?? now + this.#length,
    }, now);
  }

  #roll(now: number): void {
    if (this.#endsAt === undefined || now < this.#endsAt) return;
    this.#unused += Math.max(0, this.#allowance - this.#used);
    this.#ended++;
    this.#stoppedAt = this.#endsAt;
    this.#endsAt = undefined;
    this.#used = 0;
  }
}
