/**
 * Memory of a gateway over time: whether it goes on growing behind the
 * warm-up.
 */

const MEBI = 1024 * 1024;
/** What a heap breathes. */
const BREATH = 1.3;
/** No load of a run needs more, whatever its length. */
const MOST_MEBI = 700;
/** In less time a heap has not yet found its size. */
const LONG_MS = 170_000;

export class MemoryWatch {
  readonly #samples: { readonly at: number; readonly bytes: number }[] = [];
  peak = 0;

  add(bytes: number): void {
    if (!(bytes > 0)) return;
    this.#samples.push({ at: Date.now(), bytes });
    this.peak = Math.max(this.peak, bytes);
  }

  /** The mean of the second quarter of the time. */
  get warm(): number {
    return this.#mean(0.25, 0.5);
  }

  /** The mean of the last quarter. */
  get end(): number {
    return this.#mean(0.75, 1);
  }

  /** What is wrong, in words. */
  problem(): string | undefined {
    const { warm, end, peak } = this;
    if (peak > MOST_MEBI * MEBI) return `a peak of ${mebi(peak)}`;
    const [first] = this.#samples;
    const took = (this.#samples.at(-1)?.at ?? 0) - (first?.at ?? 0);
    return took > LONG_MS && end > warm * BREATH
      ? `${mebi(warm)} became ${mebi(end)}`
      : undefined;
  }

  #mean(from: number, to: number): number {
    const [first] = this.#samples;
    const start = first?.at ?? 0;
    const all = (this.#samples.at(-1)?.at ?? 0) - start;
    const some = this.#samples.filter(({ at }) =>
      at - start >= from * all && at - start <= to * all
    );
    const sum = some.reduce((total, { bytes }) => total + bytes, 0);
    return some.length === 0 ? 0 : sum / some.length;
  }
}

function mebi(bytes: number): string {
  return `${Math.round(bytes / MEBI)} MiB`;
}
