/**
 * How long the event loop has been blocked, measured by how late a timer fires.
 *
 * Pure. A blocked loop answers no request, and it can report a stall only after
 * it is over.
 */
import { STALL_WINDOW_MS } from "../../limits.ts";

export class Stalls {
  #longestMs = 0;
  #windowEnd = 0;
  #inWindow = 0;
  #before = 0;

  /** Both in milliseconds; `at` by the clock that never jumps. */
  observe(lateMs: number, at: number): void {
    if (at >= this.#windowEnd) {
      const isNext = at < this.#windowEnd + STALL_WINDOW_MS;
      this.#before = isNext ? this.#inWindow : 0;
      this.#inWindow = 0;
      this.#windowEnd = at + STALL_WINDOW_MS;
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
