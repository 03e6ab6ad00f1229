/**
 * Figures of rounds in which every target was measured once, one after another.
 *
 * Two targets are compared within a round, because a shared machine is faster
 * in one minute than in the next.
 */
import { median } from "./stats.ts";
import type { TargetName } from "./target.ts";

/** One line of the report. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  /** Whether ratios between targets mean anything. */
  readonly ratios: boolean;
  /** One figure in `unit` per round. */
  readonly rounds: Readonly<Partial<Record<TargetName, readonly number[]>>>;
}

/** A median and its spread. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly count: number;
}

/** Collects the figures of one line. */
export class Rounds {
  readonly #name: string;
  readonly #unit: string;
  readonly #ratios: boolean;
  readonly #figures = new Map<TargetName, number[]>();

  constructor(name: string, unit: string, { ratios = true } = {}) {
    this.#name = name;
    this.#unit = unit;
    this.#ratios = ratios;
  }

  add(target: TargetName, figure: number): void {
    const figures = this.#figures.get(target);
    if (figures === undefined) this.#figures.set(target, [figure]);
    else figures.push(figure);
  }

  metric(): Metric {
    return {
      name: this.#name,
      unit: this.#unit,
      ratios: this.#ratios,
      rounds: Object.fromEntries(this.#figures),
    };
  }
}

/** Undefined if there is nothing to summarize. */
export function spreadOf(figures: readonly number[]): Spread | undefined {
  if (figures.length === 0) return undefined;
  return {
    median: median(figures),
    least: Math.min(...figures),
    most: Math.max(...figures),
    count: figures.length,
  };
}

/** `target` by `base`, round by round; a base that is not positive is noise. */
export function ratiosOf(
  rounds: Metric["rounds"],
  target: TargetName,
  base: TargetName,
): readonly number[] {
  const bases = rounds[base] ?? [];
  return (rounds[target] ?? []).flatMap((figure, round) => {
    const by = bases[round] ?? 0;
    return by > 0 ? [figure / by] : [];
  });
}
