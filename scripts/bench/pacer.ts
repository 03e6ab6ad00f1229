/** Writes the deltas of many answers at the pace of their plans. */

import type { Plan } from "./plan.ts";

/** An answer under way. */
interface Paced {
  readonly plan: Plan;
  readonly delta: (index: number) => Uint8Array;
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly finished: () => void;
  sent: number;
  dueAt: number;
  writing: boolean;
}

const TICK_MS = 2;

export class Pacer {
  readonly #open = new Set<Paced>();
  readonly #sent: () => void;

  /** `sent` counts a delta. */
  constructor(sent: () => void) {
    this.#sent = sent;
    setInterval(() => this.#writeDue(), TICK_MS);
  }

  /** Answers under way. */
  get size(): number {
    return this.#open.size;
  }

  /** Resolves after the last delta, or when `write` has failed. */
  run(
    plan: Plan,
    delta: (index: number) => Uint8Array,
    write: (bytes: Uint8Array) => Promise<void>,
  ): Promise<void> {
    // Random phases, so that not all answers are due in the same tick.
    const dueAt = performance.now() + Math.random() * plan.gapMs;
    return new Promise((finished) => {
      const answer = { plan, delta, write, finished };
      this.#open.add({ ...answer, sent: 0, dueAt, writing: false });
    });
  }

  /** Ends all: a silent answer does not notice a closed connection. */
  endAll(): void {
    for (const answer of this.#open) this.#settle(answer, true);
  }

  #writeDue(): void {
    const now = performance.now();
    for (const answer of this.#open) {
      if (answer.dueAt > now || answer.writing) continue;
      answer.dueAt += answer.plan.gapMs;
      answer.writing = true;
      this.#sent();
      answer.write(answer.delta(answer.sent++)).then(
        () => this.#settle(answer, answer.sent >= answer.plan.deltas),
        () => this.#settle(answer, true),
      );
    }
  }

  #settle(answer: Paced, over: boolean): void {
    answer.writing = false;
    if (!over) return;
    this.#open.delete(answer);
    answer.finished();
  }
}
