/**
 * Finds variables that are set and miss the name of one of ours by a letter.
 * Pure.
 *
 * The program may read only variables that it can name, so it cannot list
 * those that are set: it asks for every name that is one typing error away.
 */
import { type Environment, FLAGS } from "../../config/flags.ts";

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ_"];
const PREFIX = "CODAZE_";

export interface Mistyped {
  /** The name that is set. */
  readonly name: string;
  /** The one that was meant. */
  readonly meant: string;
}

export function mistypedVariables(env: Environment): readonly Mistyped[] {
  const known = new Set(Object.values(FLAGS).map(({ twin }) => twin));
  const found = new Map<string, string>();
  for (const meant of known) {
    for (const rest of oneErrorAway(meant.slice(PREFIX.length))) {
      const name = PREFIX + rest;
      if (!known.has(name) && env(name) !== undefined) found.set(name, meant);
    }
  }
  return [...found].map(([name, meant]) => ({ name, meant }));
}

function* oneErrorAway(word: string): Generator<string> {
  for (let at = 0; at <= word.length; at++) {
    const [before, after] = [word.slice(0, at), word.slice(at)];
    for (const letter of LETTERS) {
      yield before + letter + after;
      yield before + letter + after.slice(1);
    }
    yield before + after.slice(1);
    yield before + after.charAt(1) + after.charAt(0) + after.slice(2);
  }
}
