/**
 * Removes tokens from text that a person will read.
 *
 * Recognises the shapes of upstream's tokens; a token of another shape must be
 * passed in. Does not remove prompts or answers: such text must not contain
 * them in the first place.
 */

import { MAX_DESCRIPTION_CHARS, MAX_SEARCHED_CHARS } from "../limits.ts";

const MARK = "[redacted]";

/** A JWT (RFC 7519) begins with a base64url object, so it starts with `eyJ`. */
const JWT = /eyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g;

/** Refresh tokens (`rt_…`, `rt.1.…`), personal tokens (`at-…`), API keys. */
const OPAQUE = /(?<![A-Za-z0-9])(?:rt[_.]|at-(?=[\w-]{16})|sk-)[\w.~+/=-]+/g;

const BEARER = /\bbearer\s+[\w.~+/=-]+/gi;

/** `text` without `secrets` and without anything that looks like a token. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret !== "") clean = clean.replaceAll(secret, MARK);
  }
  return clean
    .replaceAll(BEARER, `Bearer ${MARK}`)
    .replaceAll(JWT, MARK)
    .replaceAll(OPAQUE, MARK);
}

/** `text` as one line of limited length, redacted. */
export function inOneLine(
  text: string,
  secrets: readonly string[] = [],
): string {
  // Redacted before the cut: half a token would not be recognised.
  const clean = redact(text.slice(0, MAX_SEARCHED_CHARS), secrets)
    .replaceAll(/\s+/g, " ");
  return clean.length <= MAX_DESCRIPTION_CHARS
    ? clean
    : clean.slice(0, MAX_DESCRIPTION_CHARS - 1).toWellFormed() + "…";
}
