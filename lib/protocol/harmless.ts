/**
 * Text that others have written, as a terminal can show it: what it might obey
 * (ECMA-48, section 5.4), or a person misread, stands there as JSON escapes it.
 */

/** JSON text, which has none of the first 32 controls as they are. */
export function harmlessJson(json: string): string {
  return json.replaceAll(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

/** Any text; line ends are controls, too. */
export function harmlessText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

/** What lies outside the basic plane takes two escapes. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}
