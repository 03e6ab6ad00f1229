/** Prints for a person: the answer on stdout, everything else on stderr. */
import { setColorEnabled } from "@std/fmt";
import { redact } from "../../failure/redact.ts";
import { flushLogLines } from "./log_lines.ts";
import { visible } from "./text_width.ts";

/** As it is: for what is formatted, and has escaped what it quotes. */
export function print(text: string): void {
  flushLogLines();
  // deno-lint-ignore no-console
  console.log(text);
}

/** A line of the answer; escaped, so that no terminal obeys what it quotes. */
export function printLine(text: string): void {
  print(visible(text));
}

/** One line; escaped as in `printLine`. */
export function printError(text: string): void {
  flushLogLines();
  // deno-lint-ignore no-console
  console.error(`codaze: ${visible(text)}`);
}

/**
 * Says what is wrong with the command line, which may hold a token. Returns the
 * exit code.
 */
export function failUsage(message: string): number {
  printError(redact(message));
  return 2;
}

/** Says what failed. Returns the exit code. */
export function fail(message: string): number {
  printError(message);
  return 1;
}

/**
 * For a person, while stdout has output for a program or a pipe. One line;
 * escaped as in `printLine`.
 */
export function printNote(text: string): void {
  flushLogLines();
  // deno-lint-ignore no-console
  console.error(visible(text));
}

/** Whether colours and moving text make sense. */
export function isTerminal(
  stream: { readonly isTerminal: () => boolean },
): boolean {
  return stream.isTerminal() && !Deno.noColor;
}

const MAX_FOREIGN = 300;

/** Text from another program, escaped, cut, and on one line. */
export function foreignText(text: string): string {
  const line = visible(text.replaceAll(/\s+/g, " ").trim());
  return line.slice(0, MAX_FOREIGN).toWellFormed();
}

/** Calls `make` with colours enabled if `on` and NO_COLOR is not set. */
export function withColor(on: boolean, make: () => string): string {
  setColorEnabled(on && !Deno.noColor);
  try {
    return make();
  } finally {
    // The setting is global, and the log's stderr may not be the same terminal.
    setColorEnabled(Deno.stderr.isTerminal() && !Deno.noColor);
  }
}
