/**
 * How long the event loop has stood still: what a timer is late by.
 *
 * Pure. A loop that stands still answers nobody, and no timer of its own can
 * say so before it is over.
 */

/** Milliseconds; the last two windows of this length are recent. */
const WINDOW_MS = 60_000;

export class Stalls {
  #longestMs = 0;
  #windowEnd = 0;
  #inWindow = 0;
  #before = 0;

  /** Both in milliseconds; `at` by the clock that never jumps. */
  observe(lateMs: number, at: number): void {
    if (at >= this.#windowEnd) {
      const isNext = at < this.#windowEnd + WINDOW_MS;
      this.#before = isNext ? this.#inWindow : 0;
      this.#inWindow = 0;
      this.#windowEnd = at + WINDOW_MS;
    }
    this.#inWindow = Math.max(this.#inWindow, lateMs);
    this.#longestMs = Math.max(this.#longestMs, lateMs);
  }

  /** Since the start. */
  get longestMs(): number {
    return this.#longestMs;
  }

  /** Within the last minute or two. */
  get recentMs(): number {
    return Math.max(this.#inWindow, this.#before);
  }
}
