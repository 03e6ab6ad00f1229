/**
 * Redacts the tokens of an account in upstream's answers: one that quotes its
 * own request must not carry them to a caller, or into the log.
 *
 * Redacts exact tokens only; without one, every byte stays the same.
 */
import { concat } from "@std/bytes";
import { MIN_SECRET_CHARS } from "../limits.ts";
import { eachHeader } from "../protocol/each_header.ts";

const MARK = "[redacted]";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The same headers if none of them holds a secret. */
export function headersWithout(
  headers: Headers,
  secrets: readonly string[],
): Headers {
  let told: Headers | undefined;
  eachHeader(headers, (value, name) => {
    const clean = textWithout(value, secrets);
    if (clean === value) return;
    told ??= new Headers(headers);
    told.set(name, clean);
  });
  return told ?? headers;
}

function textWithout(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (told, one) =>
      told.length < one.length || one.length < MIN_SECRET_CHARS
        ? told
        : told.replaceAll(one, MARK),
    text,
  );
}

/** The same bytes if there is no secret in them. */
export function bytesWithout(
  bytes: Uint8Array<ArrayBuffer>,
  secrets: readonly string[],
): Uint8Array<ArrayBuffer> {
  // Searching text is many times faster than searching bytes. Invalid UTF-8
  // decodes to characters that no token has.
  const text = decoder.decode(bytes);
  return secrets.reduce(
    (told, one) =>
      one.length >= MIN_SECRET_CHARS && text.includes(one)
        ? without(told, one)
        : told,
    bytes,
  );
}

function without(
  bytes: Uint8Array<ArrayBuffer>,
  secret: string,
): Uint8Array<ArrayBuffer> {
  const mark = encoder.encode(MARK);
  const parts: Uint8Array[] = [];
  let kept = 0;
  for (const at of placesOf(encoder.encode(secret), bytes)) {
    parts.push(bytes.subarray(kept, at), mark);
    kept = at + secret.length;
  }
  parts.push(bytes.subarray(kept));
  return concat(parts);
}

/**
 * Where `needle` occurs, without overlaps. By Knuth, Morris and Pratt, so that
 * an upstream that knows the token cannot make the search long.
 */
function* placesOf(needle: Uint8Array, bytes: Uint8Array): Generator<number> {
  const back = borders(needle);
  let matched = 0;
  for (let at = 0; at < bytes.length; at++) {
    matched = step(needle, back, matched, bytes[at]);
    if (matched < needle.length) continue;
    yield at + 1 - matched;
    matched = 0;
  }
}

/** For each prefix of `needle`, how long a prefix its end repeats. */
function borders(needle: Uint8Array): Int32Array {
  const back = new Int32Array(needle.length);
  let matched = 0;
  for (let at = 1; at < needle.length; at++) {
    matched = step(needle, back, matched, needle[at]);
    back[at] = matched;
  }
  return back;
}

/** How much of `needle` is matched once `byte` has come. */
function step(
  needle: Uint8Array,
  back: Int32Array,
  matched: number,
  byte: number | undefined,
): number {
  let at = matched;
  while (at > 0 && needle[at] !== byte) at = back[at - 1] ?? 0;
  return needle[at] === byte ? at + 1 : at;
}
