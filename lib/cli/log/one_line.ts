/**
 * Escapes line breaks and the control characters that a terminal obeys
 * (ECMA-48, section 5.4). `JSON.stringify` escapes only the first 32.
 */
export function inOneLine(text: string): string {
  return text.replaceAll(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
