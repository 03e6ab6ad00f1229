/**
 * Quotes foreign text in our messages. Cuts it first, so that the cost does not
 * depend on its length. Does not escape it (see `harmless.ts`).
 */
import { MAX_QUOTED_CHARS } from "../limits.ts";

/** At most 200 characters of `text`, ending with a whole character. */
export function cut(text: string): string {
  return text.length <= MAX_QUOTED_CHARS
    ? text
    : `${text.slice(0, MAX_QUOTED_CHARS).toWellFormed()}…`;
}

/** The same for undecoded UTF-8. */
export function cutBytes(bytes: Uint8Array): string {
  // A character takes four bytes at most.
  return cut(
    new TextDecoder().decode(bytes.subarray(0, 4 * MAX_QUOTED_CHARS + 4)),
  );
}
