/**
 * What is under way now, so that a stop can let it end, or end it.
 *
 * A request is pending until its turn is committed, then a relay.
 */
import type { Relay } from "./stream.ts";

/** A request that has no answer yet. */
export interface Pending extends Disposable {
  /** Aborts when the caller leaves, or when the gateway stops. */
  readonly signal: AbortSignal;
}

export class OpenWork {
  readonly #pending = new Set<AbortController>();
  readonly #relays = new Set<Relay>();
  #ended = false;

  /** Whether `end` was called: what fails now fails because of us. */
  get ended(): boolean {
    return this.#ended;
  }

  get turns(): number {
    return this.#relays.size;
  }

  begin(caller: AbortSignal): Pending {
    const controller = new AbortController();
    const abort = () => controller.abort();
    if (caller.aborted || this.#ended) abort();
    caller.addEventListener("abort", abort, { once: true });
    this.#pending.add(controller);
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => this.#pending.delete(controller),
    };
  }

  relay(relay: Relay): void {
    this.#relays.add(relay);
    void relay.over.then(() => this.#relays.delete(relay));
    if (this.#ended) relay.end(STOPPED);
  }

  /** Ends everything: turns with their callers' failure event. */
  end(): void {
    this.#ended = true;
    for (const controller of this.#pending) controller.abort();
    for (const relay of this.#relays) relay.end(STOPPED);
  }
}

const STOPPED = "the gateway was stopped";
