/**
 * Makes foreign text safe for a terminal. Control characters, which a terminal
 * may obey (ECMA-48, section 5.4), and characters that mislead a reader are
 * escaped as \uXXXX. Does not remove secrets (see `failure/redact.ts`).
 */

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
