/** Ids as a person reads and types them. */

const MIN_LENGTH = 8;

/** The shortest unique start of each id, but at least eight characters. */
export function shortIds(
  ids: readonly string[],
): ReadonlyMap<string, string> {
  const sorted = [...ids].sort();
  return new Map(sorted.map((id, at) => {
    const length = Math.max(
      MIN_LENGTH - 1,
      commonLength(id, sorted[at - 1]),
      commonLength(id, sorted[at + 1]),
    );
    return [id, id.slice(0, length + 1).toWellFormed()];
  }));
}

/** The length of the common start. In sorted order only neighbours matter. */
function commonLength(id: string, other = ""): number {
  let length = 0;
  while (length < id.length && id[length] === other[length]) length++;
  return length;
}
