/**
 * Watches an open turn for silence: time for a keep-alive, time to give up.
 *
 * Silence is time spent awake, waiting for upstream; while a slow caller keeps us from
 * asking, upstream is not silent. One timer per turn that looks at the clock,
 * none per chunk: a turn has thousands of chunks and seldom a silence.
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
  /** Undefined while nobody waits. */
  #waitingSince: number | undefined;
  #cancel: () => void;

  constructor(options: SilenceOptions) {
    this.#options = options;
    this.#cancel = this.#schedule(0);
  }

  /** Upstream is asked for more. */
  waiting(): void {
    this.#waitingSince = this.#options.runtime.elapsed();
  }

  /** Upstream said something. */
  heard(): void {
    this.#waitingSince = undefined;
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
    const now = runtime.elapsed();
    const silentMs = now - (this.#waitingSince ?? now);
    if (silentMs >= idleMs) return onIdle();
    this.#cancel = this.#schedule(silentMs);
    if (silentMs >= keepaliveMs) onKeepalive();
  }
}
