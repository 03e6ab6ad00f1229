/**
 * A signal that aborts when the caller leaves or when time is up, and that
 * knows which of the two it was.
 *
 * `AbortSignal.timeout` cannot be cancelled: it would cut the body of an answer
 * that came in time.
 */
import { errorMessage } from "../error_text.ts";
import type { Failure } from "../failure/failure.ts";
import type { Runtime } from "../runtime.ts";

export interface DeadlineOptions {
  readonly after: Runtime["after"];
  readonly ms: number;
  /** What it limits, for the message: "head of the answer". */
  readonly awaited: string;
  /** The caller's signal, which aborts this one at once. */
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

  /** Whether time ran out before the caller left. */
  get isOver(): boolean {
    return this.signal.aborted && !this.#options.signal.aborted;
  }

  /** The message for a person when time is up. */
  get message(): string {
    const { awaited, ms } = this.#options;
    return `no ${awaited} within ${ms < 1000 ? `${ms} ms` : `${ms / 1000} s`}`;
  }

  /** Stops the timer; the caller's leaving still aborts. */
  clear(): void {
    this.#cancel();
  }

  /** Stops the timer and no longer listens to the caller's signal. */
  [Symbol.dispose](): void {
    this.#cancel();
    this.#options.signal.removeEventListener("abort", this.#left);
  }
}

/**
 * The failure of a send, or of reading its answer, that threw `error`. If the
 * caller has left, nothing else matters.
 */
export function whyBroken(
  error: unknown,
  { signal, deadline }: {
    /** The caller's. */
    readonly signal: AbortSignal;
    readonly deadline?: Deadline | undefined;
  },
): Failure {
  if (signal.aborted) return { kind: "caller_gone" };
  return deadline?.isOver
    ? { kind: "timeout", message: deadline.message }
    : { kind: "transport", message: errorMessage(error) };
}
