/**
 * Checks the text of a token wherever one is read or written: in a file, in an
 * answer of the auth server, in a person's input.
 *
 * A token must not be written if it could not be read again, and cannot be
 * sent if no header can hold it. Does not look inside a token.
 */
import { MAX_TOKEN_CHARS } from "../limits.ts";

/** Why a text cannot be a token, without quoting it; undefined if it can. */
export function tokenProblem(text: string): string | undefined {
  if (text.length > MAX_TOKEN_CHARS) return "is longer than any token";
  // Visible ASCII, which a header can hold unchanged.
  return /^[\x21-\x7e]+$/.test(text)
    ? undefined
    : "has characters that no token has";
}

/** The value as a token, trimmed; undefined if it cannot be one. */
export function tokenIn(value: unknown): string | undefined {
  const text = typeof value === "string" ? value.trim() : "";
  return tokenProblem(text) === undefined ? text : undefined;
}
