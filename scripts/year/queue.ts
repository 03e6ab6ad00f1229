/** Things that happen later, soonest first (a binary heap). */

interface Due {
  readonly at: number;
}

export class Queue<Item extends Due> {
  readonly #heap: Item[] = [];

  add(item: Item): void {
    let place = this.#heap.push(item) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (this.#at(above) <= item.at) break;
      this.#move(above, place);
      place = above;
    }
    this.#heap[place] = item;
  }

  /** Takes the soonest one, if it is due. */
  takeDue(now: number): Item | undefined {
    const [first] = this.#heap;
    if (first === undefined || first.at > now) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first;
  }

  /** Puts the item at the top, and lets it sink to its place. */
  #sink(item: Item): void {
    let place = 0;
    while (true) {
      const left = 2 * place + 1;
      const below = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(below) >= item.at) break;
      this.#move(below, place);
      place = below;
    }
    this.#heap[place] = item;
  }

  /** Infinity where there is none. */
  #at(place: number): number {
    return this.#heap[place]?.at ?? Infinity;
  }

  #move(from: number, to: number): void {
    const item = this.#heap[from];
    if (item !== undefined) this.#heap[to] = item;
  }
}
