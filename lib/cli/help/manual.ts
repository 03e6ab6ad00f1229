/** What a command's help page is made of. */

export interface Manual {
  /** As it is typed, without `codaze`: `accounts pause`. */
  readonly name: string;
  /** What follows it: `NAME...`. Empty if nothing does. */
  readonly words: string;
  /** One line in the list of commands. */
  readonly summary: string;
  /** What one line cannot say. Paragraphs. */
  readonly more?: readonly string[];
  /** Its own options, with what they do. */
  readonly options?: readonly (readonly [option: string, help: string])[];
  /** A line that can be typed, and what it is for. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** By default, `EXIT_CODES`. */
  readonly exits?: readonly (readonly [code: number, when: string])[];
}

export const EXIT_CODES: NonNullable<Manual["exits"]> = [
  [0, "all good"],
  [1, "something failed"],
  [2, "bad arguments"],
];
