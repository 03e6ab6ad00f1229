/**
 * Fails when a token is in the output of a test run. Every token of the
 * simulator carries a mark; the arguments are files that hold what was printed.
 */
import { CANARY } from "../lib/simulator/canary.ts";

/** The numbers of the lines in `text` that hold a token, from 1. */
export function linesWithTokens(text: string): readonly number[] {
  return text.split("\n").flatMap((line, index) =>
    CANARY.test(line) ? [index + 1] : []
  );
}

if (import.meta.main) {
  let found = 0;
  for (const path of Deno.args) {
    for (const line of linesWithTokens(await Deno.readTextFile(path))) {
      found++;
      // Without the line itself: one leak is enough.
      // deno-lint-ignore no-console
      console.error(`${path}:${line}: holds a token`);
    }
  }
  Deno.exit(found === 0 ? 0 : 1);
}
