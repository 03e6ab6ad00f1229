/**
 * Watches an open turn for silence: time for a keep-alive, time to give up.
 *
 * One timer per turn that looks at the clock, none per chunk: a turn has
 * thousands of chunks and seldom a silence.
 */
import type { Runtime } from "../runtime.ts";

export interface SilenceOptions {
  readonly runtime: Runtime;
  /** Silence after which `onKeepalive` is called, and again each time. */
  readonly keepaliveMs: number;
  /** Silence after which `onIdle` is called, once. */
  readonly idleMs: number;
  readonly onKeepalive: () => void;
  readonly onIdle: () => void;
}

export class Silence {
  readonly #options: SilenceOptions;
  #heardAt: number;
  #cancel: () => void;

  constructor(options: SilenceOptions) {
    this.#options = options;
    this.#heardAt = options.runtime.now();
    this.#cancel = this.#schedule(0);
  }

  /** Upstream said something. */
  heard(): void {
    this.#heardAt = this.#options.runtime.now();
  }

  stop(): void {
    this.#cancel();
  }

  #schedule(silentMs: number): () => void {
    const { runtime, keepaliveMs, idleMs } = this.#options;
    const next = (Math.floor(silentMs / keepaliveMs) + 1) * keepaliveMs;
    const wait = Math.min(next, idleMs) - silentMs;
    return runtime.after(Math.max(1, wait), () => this.#look());
  }

  #look(): void {
    const { runtime, keepaliveMs, idleMs, onIdle, onKeepalive } = this.#options;
    const silentMs = runtime.now() - this.#heardAt;
    if (silentMs >= idleMs) return onIdle();
    this.#cancel = this.#schedule(silentMs);
    if (silentMs >= keepaliveMs) onKeepalive();
  }
}
