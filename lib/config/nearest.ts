/** "Did you mean": the known word that a mistyped one is closest to. Pure. */
import { levenshteinDistance } from "@std/text";

/** Longer words are no typing error, and comparing them takes long. */
const MAX_LENGTH = 40;

/** Undefined if none is close. */
export function nearest(
  word: string,
  known: readonly string[],
): string | undefined {
  if (word === "" || word.length > MAX_LENGTH) return undefined;
  const lower = word.toLowerCase();
  const close = known.map((name) => ({ name, far: distance(lower, name) }))
    .filter(({ name, far }) => far <= Math.max(1, name.length / 3))
    .sort((a, b) => a.far - b.far);
  return close[0]?.name ?? known.find((name) => isStart(lower, name));
}

/** Two letters in each other's place count as one error, as people make it. */
function distance(word: string, name: string): number {
  const swapped = Array.from(
    { length: Math.max(0, word.length - 1) },
    (_, at) =>
      word.slice(0, at) + word.charAt(at + 1) + word.charAt(at) +
      word.slice(at + 2),
  );
  if (swapped.includes(name)) return 1;
  return levenshteinDistance(word, name);
}

function isStart(word: string, name: string): boolean {
  return word.length >= 2 && name.startsWith(word);
}
