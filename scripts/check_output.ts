/**
 * Fails when the output of a test run holds a token; every token of the
 * simulator carries a mark. The arguments are files with the output.
 */
import { CANARY } from "../lib/simulator/accounts/canary.ts";

/** The numbers of the lines that hold a token, counted from 1. */
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
      // Do not print the line itself, which would leak the token again.
      // deno-lint-ignore no-console
      console.error(`${path}:${line}: holds a token`);
    }
  }
  Deno.exit(found === 0 ? 0 : 1);
}
