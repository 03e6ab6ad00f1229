/**
 * Memory of a gateway over time: whether any of it is lost.
 *
 * The runtime holds what belonged to a websocket for up to a minute after its
 * caller has gone without a word. So memory follows the load, and what is lost
 * shows only behind such a pause.
 */

const MEBI = 1024 * 1024;
/** What a heap breathes. */
const BREATH = 1.2;
/** No load of a run needs more, whatever its length. */
const MOST_MEBI = 1_200;

/** As long as the runtime holds what is over. */
export const FORGOTTEN_MS = 75_000;
/** In less time a heap has not yet found its size, nor lost much of it. */
export const LONG_MS = 170_000;

export class MemoryWatch {
  readonly #samples: { readonly at: number; readonly bytes: number }[] = [];
  #rest: number | undefined;
  peak = 0;

  add(bytes: number): void {
    if (!(bytes > 0)) return;
    this.#samples.push({ at: Date.now(), bytes });
    this.peak = Math.max(this.peak, bytes);
  }

  /** What is left of it behind the pause, and a little more load. */
  rested(bytes: number): void {
    this.#rest = bytes;
  }

  /** The mean of the second quarter of the time. */
  get warm(): number {
    const start = this.#samples.at(0)?.at ?? 0;
    const all = (this.#samples.at(-1)?.at ?? 0) - start;
    const some = this.#samples.filter(({ at }) =>
      at - start >= all / 4 && at - start <= all / 2
    );
    const sum = some.reduce((total, { bytes }) => total + bytes, 0);
    return some.length === 0 ? 0 : sum / some.length;
  }

  get end(): number {
    return this.#rest ?? this.#samples.at(-1)?.bytes ?? 0;
  }

  /** What is wrong, in words. */
  problem(): string | undefined {
    const { warm, end, peak } = this;
    if (peak > MOST_MEBI * MEBI) return `a peak of ${mebi(peak)}`;
    return this.#rest !== undefined && end > warm * BREATH
      ? `${mebi(warm)} under load, ${mebi(end)} behind it`
      : undefined;
  }
}

function mebi(bytes: number): string {
  return `${Math.round(bytes / MEBI)} MiB`;
}
