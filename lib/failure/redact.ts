/**
 * Takes tokens out of text that a person will read.
 *
 * Knows the shapes of the upstream's tokens; a token of another shape goes
 * only when it is handed in. Not a judge of prompts or answers: those must not
 * get into such text in the first place.
 */

const MARK = "[redacted]";

/** A JWT (RFC 7519) is base64url of an object, so it starts with `eyJ`. */
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
