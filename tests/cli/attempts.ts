/** What a program that is kept from much can do all the same. */

/** What is tried, by what it is called. */
export type Attempts = Readonly<Record<string, () => unknown>>;

/** Tries one after the other: "done", or what `nameOf` makes of the error. */
export async function outcomesOf(
  attempts: Attempts,
  nameOf: (error: unknown) => string,
): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  for (const [what, attempt] of Object.entries(attempts)) {
    try {
      await attempt();
      outcomes[what] = "done";
    } catch (error) {
      outcomes[what] = nameOf(error);
    }
  }
  return outcomes;
}
