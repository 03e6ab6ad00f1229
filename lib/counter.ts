/**
 * Counts of what has happened since the start, at the cost of a few additions
 * per turn.
 *
 * The code that does something also counts it; `server/` names and shows the
 * counts. The number of keys limits the memory.
 */

/** How often something happened, by key. */
export class Counter<K extends string> {
  readonly #counts: Map<K, number>;

  /** `known` keys start at zero, so that they show before the first count. */
  constructor(known: Iterable<K> = []) {
    this.#counts = new Map([...known].map((key) => [key, 0]));
  }

  add(key: K, by = 1): void {
    this.#counts.set(key, this.get(key) + by);
  }

  get(key: K): number {
    return this.#counts.get(key) ?? 0;
  }

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  entries(): IterableIterator<[K, number]> {
    return this.#counts.entries();
  }
}

/** Durations in buckets, as in a histogram of Prometheus. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** One count per bound, and one for everything above the last. */
  readonly #counts: number[];
  #sum = 0;

  /** Inclusive upper bounds in seconds, ascending. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = [...bounds, Infinity].map(() => 0);
  }

  observe(seconds: number): void {
    let at = 0;
    for (const bound of this.#bounds) {
      if (seconds <= bound) break;
      at++;
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += seconds;
  }

  /** The sum of all observations, in seconds. */
  get sum(): number {
    return this.#sum;
  }

  /** How many observations are at most each bound; the last counts all. */
  cumulative(): readonly (readonly [bound: number, count: number])[] {
    let count = 0;
    return [...this.#bounds, Infinity].map((bound, at) => {
      count += this.#counts[at] ?? 0;
      return [bound, count];
    });
  }
}
