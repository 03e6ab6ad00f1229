/**
 * What a build knows about itself. `scripts/compile.ts` fills this in, in the
 * copy that it compiles; in a checkout it stays undefined.
 */

/** Seven digits of the commit, then `-dirty` if files differed from it. */
export const COMMIT: string | undefined = undefined;
