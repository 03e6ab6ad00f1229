/**
 * Finds variables that are set and miss the name of one of ours by a letter.
 *
 * The program may read only variables that it can name, so it cannot list
 * those that are set: it asks for every name that is one typing error away.
 */
import { type Environment, FLAGS } from "../../config/flags.ts";
import type { Runtime } from "../../runtime.ts";

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ_"];
const PREFIX = "CODAZE_";

export interface Mistyped {
  /** The name that is set. */
  readonly name: string;
  /** The one that was meant. */
  readonly meant: string;
}

const KNOWN: ReadonlySet<string> = new Set(
  Object.values(FLAGS).map(({ twin }) => twin),
);

export function mistypedVariables(env: Environment): readonly Mistyped[] {
  return [...KNOWN].flatMap((meant) => mistypedFor(meant, env));
}

/** Asking for all names takes 60 ms, so other work goes on in between. */
const PAUSE_MS = 100;

/** Warns of those that are set, within some seconds. */
export function tellMistyped(
  env: Environment,
  { after, log }: Pick<Runtime, "after" | "log">,
): void {
  const left = [...KNOWN];
  const next = () => {
    const meant = left.shift();
    if (meant === undefined) return;
    for (const { name } of mistypedFor(meant, env)) {
      log.warn(`${name} is not read: did you mean ${meant}?`);
    }
    after(PAUSE_MS, next);
  };
  after(PAUSE_MS, next);
}

function mistypedFor(meant: string, env: Environment): readonly Mistyped[] {
  const near = [...oneErrorAway(meant.slice(PREFIX.length))]
    .map((rest) => PREFIX + rest);
  return [...new Set(near)]
    .filter((name) => !KNOWN.has(name) && env(name) !== undefined)
    .map((name) => ({ name, meant }));
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
