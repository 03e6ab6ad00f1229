/** One figure for each caller: as many lines of the report. */

import type { Caller } from "./callers.ts";
import { type Metric, Rounds } from "./rounds.ts";
import type { Target } from "./target.ts";

export class CallerFigures {
  readonly #name: string;
  readonly #unit: string;
  readonly #callers = new Map<string, Rounds>();

  constructor(name: string, unit: string) {
    this.#name = name;
    this.#unit = unit;
  }

  add(caller: Caller, target: Target, figure: number): void {
    const name = `${this.#name}, ${caller.name}`;
    const rounds = this.#callers.get(name) ?? new Rounds(name, this.#unit);
    this.#callers.set(name, rounds);
    rounds.add(target.name, figure);
  }

  metrics(): readonly Metric[] {
    return [...this.#callers.values()].map((rounds) => rounds.metric());
  }
}
