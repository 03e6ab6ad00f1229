/**
 * What the text of a token may be, wherever one is read or written: a file, an
 * answer of the auth server, a person's hand.
 *
 * What could not be read again must not be written, and what no header can
 * hold can never be sent. Knows nothing of what is in a token.
 */

/** Far more than any token has, and few enough for a file of several. */
const MAX_LENGTH = 65_536;

/** What is wrong with a text as a token, without quoting it. */
export function tokenProblem(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return "is longer than any token";
  // Visible ASCII: what stands in a header line as it is.
  return /^[\x21-\x7e]+$/.test(text)
    ? undefined
    : "has characters that no token has";
}

/** The token that a value is, trimmed; undefined if it is none. */
export function tokenIn(value: unknown): string | undefined {
  const text = typeof value === "string" ? value.trim() : "";
  return tokenProblem(text) === undefined ? text : undefined;
}
