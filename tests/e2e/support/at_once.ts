/**
 * Runs jobs side by side, a few at a time: most of a client's time is waiting,
 * but all of them starting at once would make each start slow.
 */

/** The results in the order of the items. */
export async function atOnce<T, R>(
  limit: number,
  items: readonly T[],
  job: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const rest = items.entries();
  const worker = async () => {
    for (const [index, item] of rest) results.set(index, await job(item));
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return [...results.entries()].toSorted(([a], [b]) => a - b)
    .map(([, result]) => result);
}
