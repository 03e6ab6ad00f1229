/**
 * Counts of what has happened since the start: a few additions per turn.
 *
 * Whoever does a thing counts it, in one of these; who shows the counts, and
 * under what names, is `server/`. Memory is bounded by the number of keys.
 */

/** How often, by what came of it. */
export class Tally<K extends string> {
  readonly #counts: Map<K, number>;

  /** `known` keys are there from the start, at zero. */
  constructor(known: Iterable<K> = []) {
    this.#counts = new Map([...known].map((key) => [key, 0]));
  }

  add(key: K): void {
    this.#counts.set(key, this.get(key) + 1);
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

/** How long, in buckets: the form that Prometheus calls a histogram. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** Per bound, and one more for what is above them all. */
  readonly #counts: number[];
  #sum = 0;

  /** Upper bounds in seconds, ascending; each includes its own value. */
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

  /** Seconds, over all observations. */
  get sum(): number {
    return this.#sum;
  }

  /** How many took at most so long, per bound; the last is for all. */
  cumulative(): readonly (readonly [bound: number, count: number])[] {
    let count = 0;
    return [...this.#bounds, Infinity].map((bound, at) => {
      count += this.#counts[at] ?? 0;
      return [bound, count];
    });
  }
}
