/**
 * A signal that aborts when somebody leaves, or when time is up, and that
 * knows which of the two it was and what was waited for.
 *
 * `AbortSignal.timeout` cannot be called off, and would go on to cut the body
 * of an answer that came in time.
 */
import type { Runtime } from "../runtime.ts";

export interface DeadlineOptions {
  readonly after: Runtime["after"];
  readonly ms: number;
  /** What has to come by then, for the message: "head of the answer". */
  readonly awaited: string;
  /** Whoever waits; leaving aborts at once. */
  readonly signal: AbortSignal;
}

export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #options: DeadlineOptions;
  readonly #cancel: () => void;
  readonly #left = () => this.#controller.abort(this.#options.signal.reason);

  constructor(options: DeadlineOptions) {
    this.#options = options;
    const { after, ms, signal } = options;
    this.#cancel = after(
      ms,
      () => this.#controller.abort(new Error(this.message)),
    );
    if (signal.aborted) this.#left();
    signal.addEventListener("abort", this.#left);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether time ran out before anybody left. */
  get isOver(): boolean {
    return this.signal.aborted && !this.#options.signal.aborted;
  }

  /** What a person reads when time is up. */
  get message(): string {
    const { awaited, ms } = this.#options;
    return `no ${awaited} within ${ms < 1000 ? `${ms} ms` : `${ms / 1000} s`}`;
  }

  /** Time does not matter any more; leaving still does. */
  clear(): void {
    this.#cancel();
  }

  /** Nothing matters any more. */
  [Symbol.dispose](): void {
    this.#cancel();
    this.#options.signal.removeEventListener("abort", this.#left);
  }
}
