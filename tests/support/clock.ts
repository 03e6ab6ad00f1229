/** A clock and timers that only a test moves. */
import type { Clock } from "../../lib/clock.ts";
import type { Runtime } from "../../lib/runtime.ts";

interface Timer {
  readonly at: number;
  readonly task: () => void;
}

export class FakeClock {
  /** Milliseconds since the epoch: whoever sets it sets the clock. */
  now: number;
  /** Milliseconds without sleep: `now` alone moves while the machine sleeps. */
  elapsed = 0;
  readonly #timers = new Set<Timer>();
  readonly #startedAt: number | undefined;

  /** With `runs`, real time goes by as well; timers are then not its own. */
  constructor({ now = Date.UTC(2026, 10, 29), runs = false } = {}) {
    this.now = now;
    this.#startedAt = runs ? performance.now() : undefined;
  }

  /** As a program reads it. */
  readonly read: Clock = {
    now: () => this.now + this.#ran(),
    elapsed: () => this.elapsed + this.#ran(),
  };

  readonly after: Runtime["after"] = (ms, task) => {
    const timer = { at: this.elapsed + ms, task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** How many timers wait. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Both clocks go on, and what is due by then runs in its order. */
  pass(ms: number): void {
    for (const task of this.#due(ms)) task();
  }

  /** The same; what a task has resolved is heard before the next one. */
  async passSlowly(ms: number): Promise<void> {
    for (const task of this.#due(ms)) {
      task();
      await settled();
    }
  }

  *#due(ms: number): Iterable<() => void> {
    const end = this.elapsed + ms;
    while (true) {
      const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
      const at = Math.min(next?.at ?? Infinity, end);
      this.now += at - this.elapsed;
      this.elapsed = at;
      if (!next || next.at > end) return;
      this.#timers.delete(next);
      yield next.task;
    }
  }

  #ran(): number {
    return this.#startedAt === undefined
      ? 0
      : performance.now() - this.#startedAt;
  }
}

/** Lets what has been resolved be heard. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
