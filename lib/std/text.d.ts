/** Types of `text.ts`: the signatures of `@std/text`. */

/** How many characters must be added, removed or replaced. */
export function levenshteinDistance(str1: string, str2: string): number;
