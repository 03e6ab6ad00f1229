/**
 * What a build knows of itself. `scripts/compile.ts` writes it into the copy
 * that it compiles; a checkout is whatever its files are, and says nothing.
 */

/** Seven digits of the commit, `-dirty` behind them if files differed. */
export const COMMIT: string | undefined = undefined;
