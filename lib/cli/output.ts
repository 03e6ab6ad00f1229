/** What a person sees: the answer on stdout, everything else on stderr. */

export function print(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}

export function printError(text: string): void {
  // deno-lint-ignore no-console
  console.error(`codaze: ${text}`);
}
