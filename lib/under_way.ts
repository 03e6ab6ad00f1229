/**
 * Things that come and go with every request, such as the turns under way.
 *
 * Not a `Set` or `Map`, and that is most of what the garbage collector costs: a
 * set that is full copies itself into a new table, and the old table points to
 * the new one. Once a table has reached the old generation, each later one is
 * kept with all that it holds until the next full collection, although nobody
 * uses it any more (docs/performance.md, "What was decided").
 */

/** Something that can be in one list at a time. */
export interface Listed {
  /** Where it is in the list, which alone writes this. */
  place: number;
}

/** In no order. Adding and removing take the same time for any length. */
export class UnderWay<Item extends Listed> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: Item): void {
    item.place = this.#items.length;
    this.#items.push(item);
  }

  /** Whether it was in the list; the last item takes its place. */
  remove(item: Item): boolean {
    const items = this.#items;
    if (items[item.place] !== item) return false;
    const last = items.pop();
    if (last !== undefined && last !== item) {
      items[item.place] = last;
      last.place = item.place;
    }
    return true;
  }

  /** Those that are in the list now; it may change meanwhile. */
  all(): readonly Item[] {
    return [...this.#items];
  }
}
