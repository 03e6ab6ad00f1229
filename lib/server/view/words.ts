/** Words of the view that several of its parts use. Pure. */

/** `1 account`, `2 accounts`. */
export function counted(count: number, word: string): string {
  return `${count} ${count === 1 ? word : `${word}s`}`;
}

/** "ada", "ada and grace", "ada, grace and 3 others". */
export function listed(names: readonly string[]): string {
  const shown = names.length > MOST_NAMES
    ? [
      ...names.slice(0, MOST_NAMES - 1),
      `${names.length - MOST_NAMES + 1} others`,
    ]
    : names;
  const last = shown.at(-1) ?? "";
  return shown.length < 2
    ? last
    : `${shown.slice(0, -1).join(", ")} and ${last}`;
}

const MOST_NAMES = 3;
