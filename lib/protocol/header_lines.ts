/**
 * The header lines of one message while they are put together: at most some
 * thirty, so that a list is searched faster than a map is made.
 */
import type { HeaderLine } from "./headers.ts";

/** Names are lower-case, and each is there once. */
export class HeaderLines {
  readonly #lines: HeaderLine[];

  /** Takes the list over. */
  constructor(lines: HeaderLine[]) {
    this.#lines = lines;
  }

  get all(): readonly HeaderLine[] {
    return this.#lines;
  }

  get(name: string): string | undefined {
    const at = this.#find(name);
    return at === -1 ? undefined : this.#lines[at]?.[1];
  }

  has(name: string): boolean {
    return this.#find(name) !== -1;
  }

  /** A line of that name keeps its place. */
  set(name: string, value: string): void {
    const at = this.#find(name);
    if (at === -1) this.#lines.push([name, value]);
    else this.#lines[at] = [name, value];
  }

  delete(name: string): void {
    const at = this.#find(name);
    if (at !== -1) this.#lines.splice(at, 1);
  }

  #find(name: string): number {
    for (let at = 0; at < this.#lines.length; at++) {
      if (this.#lines[at]?.[0] === name) return at;
    }
    return -1;
  }
}
