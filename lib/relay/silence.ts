/**
 * Watches an open turn for silence: when to send a keep-alive, when to give up.
 *
 * Only time spent waiting for upstream counts, while the machine is awake. Time
 * in which a slow caller keeps the gateway from reading does not. One timer per
 * turn checks the clock, because a turn has thousands of chunks and few
 * silences. Ends nothing itself.
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
  /** Undefined while the gateway does not wait for upstream. */
  #waitingSince: number | undefined;
  #cancel: () => void;

  constructor(options: SilenceOptions) {
    this.#options = options;
    this.#cancel = this.#schedule(0);
  }

  /** The gateway starts to wait for upstream. */
  waiting(): void {
    this.#waitingSince = this.#options.runtime.elapsed();
  }

  /** Upstream sent something, or the gateway stops reading. */
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
