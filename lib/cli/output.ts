/** What a person sees: the answer on stdout, everything else on stderr. */
import { setColorEnabled } from "@std/fmt";
import { visible } from "./text_width.ts";

export function print(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}

export function printError(text: string): void {
  // deno-lint-ignore no-console
  console.error(`codaze: ${text}`);
}

/** Words beside an answer that is for a program, or for a pipe. */
export function printNote(text: string): void {
  // deno-lint-ignore no-console
  console.error(text);
}

/** Whether colours and moving text have anyone to please. */
export function isTerminal(
  stream: { readonly isTerminal: () => boolean },
): boolean {
  return stream.isTerminal() && !Deno.noColor;
}

const MAX_FOREIGN = 300;

/** What another program has said, harmless and on one line. */
export function foreignText(text: string): string {
  const line = visible(text.replaceAll(/\s+/g, " ").trim());
  return line.slice(0, MAX_FOREIGN).toWellFormed();
}

/** What `make` gives, in colours if `on` and NO_COLOR is not set. */
export function withColor(on: boolean, make: () => string): string {
  setColorEnabled(on && !Deno.noColor);
  try {
    return make();
  } finally {
    // The log goes to stderr, which may be another place.
    setColorEnabled(Deno.stderr.isTerminal() && !Deno.noColor);
  }
}
