/**
 * What was made of the texts that were asked for last, for what always makes
 * the same of the same text. Bounded.
 */
import { MAX_RECENT, MAX_RECENT_CHARS } from "./limits.ts";

export class Recent<Made extends NonNullable<unknown>> {
  readonly #make: (text: string) => Made;
  #made = new Map<string, Made>();
  /** Those of before; what is asked for again is taken over. */
  #older = new Map<string, Made>();

  constructor(make: (text: string) => Made) {
    this.#make = make;
  }

  of(text: string): Made {
    const known = this.#made.get(text);
    if (known !== undefined) return known;
    const made = this.#older.get(text) ?? this.#make(text);
    if (text.length > MAX_RECENT_CHARS) return made;
    if (this.#made.size >= MAX_RECENT) {
      this.#older = this.#made;
      this.#made = new Map();
    }
    this.#made.set(text, made);
    return made;
  }
}
