/** Quantiles and means of small samples. */

/** The value below which `share` of the samples lie (nearest rank). */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = Math.max(0, Math.ceil(sorted.length * share) - 1);
  return sorted[rank] ?? NaN;
}

/** Of an even number of samples, the mean of the two in the middle. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const [low, high] = [Math.ceil(half) - 1, Math.floor(half)];
  return ((sorted[low] ?? NaN) + (sorted[high] ?? NaN)) / 2;
}

/** Collects samples under a key. */
export class Samples<Key> {
  readonly #lists = new Map<Key, number[]>();

  add(key: Key, sample: number): void {
    const list = this.#lists.get(key);
    if (list === undefined) this.#lists.set(key, [sample]);
    else list.push(sample);
  }

  of(key: Key): readonly number[] {
    return this.#lists.get(key) ?? [];
  }
}
