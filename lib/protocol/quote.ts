/**
 * Foreign text in our messages: `cut` keeps it short, so that the cost does not
 * depend on its length, and `harmlessText` makes it safe for a terminal.
 *
 * Control characters, which a terminal may obey (ECMA-48, section 5.4), and
 * characters that mislead a reader are escaped as \uXXXX. Does not remove
 * secrets (see `failure/redact.ts`).
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

/** For JSON text, which escapes the first 32 control characters itself. */
export function harmlessJson(json: string): string {
  return json.replaceAll(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

/** For any text; escapes line ends, too. */
export function harmlessText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

/** A character outside the basic plane takes two escapes. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}
