/** Chance that a seed decides, in the shapes that a person's work has. */

export interface Random {
  /** At least 0, below 1. */
  readonly share: () => number;
  readonly exponential: (mean: number) => number;
  /** `spread`: the standard deviation of the logarithm. */
  readonly logNormal: (median: number, spread: number) => number;
}

/** The mulberry32 generator: 32 bits of state, good enough for a year. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  function share(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  function exponential(mean: number): number {
    return -mean * Math.log(1 - share());
  }
  /** By Box and Muller. */
  function normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - share()));
    return radius * Math.cos(2 * Math.PI * share());
  }
  return {
    share,
    exponential,
    logNormal: (median, spread) => median * Math.exp(spread * normal()),
  };
}
