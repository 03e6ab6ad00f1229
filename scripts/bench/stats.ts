/** Quantiles and means of small samples. */

/** The value below which `share` of the samples lie (nearest rank). */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = Math.max(0, Math.ceil(sorted.length * share) - 1);
  return sorted[rank] ?? NaN;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** For samples in coarse steps, such as CPU time. */
export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
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

  keys(): readonly Key[] {
    return [...this.#lists.keys()];
  }

  /** One figure per key, for the values of a metric. */
  summary(figure: (samples: readonly number[]) => number): [Key, number][] {
    return [...this.#lists].map(([key, list]) => [key, figure(list)]);
  }
}
