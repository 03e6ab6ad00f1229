/**
 * A signal that aborts when somebody leaves, or when time is up.
 *
 * `AbortSignal.timeout` cannot be called off, and would go on to cut the body
 * of an answer that came in time.
 */
import type { Runtime } from "../runtime.ts";

export interface DeadlineOptions {
  readonly after: Runtime["after"];
  readonly ms: number;
  /** Whoever waits; leaving aborts at once. */
  readonly signal: AbortSignal;
}

export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #waiting: AbortSignal;
  readonly #cancel: () => void;
  readonly #abort = () => this.#controller.abort();

  constructor({ after, ms, signal }: DeadlineOptions) {
    this.#waiting = signal;
    this.#cancel = after(ms, this.#abort);
    if (signal.aborted) this.#abort();
    signal.addEventListener("abort", this.#abort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Time does not matter any more; leaving still does. */
  clear(): void {
    this.#cancel();
  }

  /** Nothing matters any more. */
  [Symbol.dispose](): void {
    this.#cancel();
    this.#waiting.removeEventListener("abort", this.#abort);
  }
}
