/**
 * How large the allowances of the plans are, compared with each other.
 *
 * Guesses: the provider does not publish them. They come from what users of
 * several plans have measured; a person who knows better sets a weight.
 */

/** Of a `plus` account. */
const USUAL = 1;

const WEIGHTS: ReadonlyMap<string, number> = new Map([
  ["free", 0.15],
  ["go", 0.15],
  ["prolite", 5],
  ["pro", 6.7],
]);

/** How much a plan allows, in plans of the kind `plus`. */
export function planWeight(plan: string | undefined): number {
  return WEIGHTS.get(plan?.toLowerCase() ?? "") ?? USUAL;
}
