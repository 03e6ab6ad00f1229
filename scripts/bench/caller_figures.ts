/** One figure for each caller: as many lines of the report. */

import type { Caller } from "./callers.ts";
import { Samples } from "./stats.ts";
import type { Metric, Target, TargetName } from "./target.ts";

type Summary = (samples: readonly number[]) => number;

export class CallerFigures {
  readonly #name: string;
  readonly #unit: string;
  readonly #summary: Summary;
  readonly #callers = new Map<string, Samples<TargetName>>();

  constructor(name: string, unit: string, summary: Summary) {
    this.#name = name;
    this.#unit = unit;
    this.#summary = summary;
  }

  add(caller: Caller, target: Target, sample: number): void {
    const samples = this.#callers.get(caller.name) ?? new Samples();
    this.#callers.set(caller.name, samples);
    samples.add(target.name, sample);
  }

  metrics(): readonly Metric[] {
    return [...this.#callers].map(([caller, samples]) => ({
      name: `${this.#name}, ${caller}`,
      unit: this.#unit,
      ratios: true,
      values: Object.fromEntries(samples.summary(this.#summary)),
    }));
  }
}
