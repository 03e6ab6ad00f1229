/** `codaze help`: the list of commands, one command, or the flags. */
import { nearest } from "../../config/nearest.ts";
import { cut } from "../../protocol/quote.ts";
import { failUsage, print } from "../terminal/output.ts";
import { manualOf, MANUALS } from "./manuals.ts";
import { flagsPage, overview, page } from "./pages.ts";

/** `words`: the command, perhaps with others behind it. Returns 0 or 2. */
export function help(words: readonly string[]): number {
  const [first] = words;
  if (first === undefined) return shown(overview());
  if (first === "flags") return shown(flagsPage());
  const manual = manualOf(words);
  return manual === undefined ? unknownCommand(first) : shown(page(manual));
}

function shown(text: string): number {
  print(text);
  return 0;
}

/** Says which command may have been meant. Returns the exit code. */
export function unknownCommand(word: string): number {
  const names = MANUALS.map(({ name }) => name);
  const ofAccounts = MANUALS.find(({ name }) => name === `accounts ${word}`);
  const name = ofAccounts?.name ?? nearest(word, names);
  return failUsage(
    name === undefined
      ? `Unknown command "${cut(word)}": codaze help lists all`
      : `Unknown command "${cut(word)}"; did you mean codaze ${name}?`,
  );
}
