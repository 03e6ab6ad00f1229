/**
 * What something thrown says, on one line or with its stack. Anything can be
 * thrown, so what is not an error is shown as it is.
 */

/** The message of an error, without its causes. */
export function ownMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error with its causes, where `fetch` hides the reason, on one line. */
export function errorMessage(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    parts.push(at.message);
  }
  return parts.join(": ") || String(error);
}

/** For the log, where a bug needs its place in the code. */
export function errorStack(error: unknown): string {
  const stack = error instanceof Error ? error.stack : undefined;
  return stack ?? String(error);
}
