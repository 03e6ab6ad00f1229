/**
 * Short texts of bytes, such as keys and types, without a decoder. Most come
 * again and again, so that the text made last serves.
 */

/** No key and no type that is asked for is longer. */
const MAX_LENGTH = 64;
/** A power of two. */
const PLACES = 1024;

const SPACE = 0x20;
const TILDE = 0x7e;
const BACKSLASH = 0x5c;

/** The text made last for each place. */
const MADE = new Array<string>(PLACES).fill("");

/**
 * The text from `start` to `end`, if it is short and printable ASCII without
 * backslashes; undefined for others.
 */
export function plainText(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  if (end - start > MAX_LENGTH) return undefined;
  let hash = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < SPACE || byte > TILDE || byte === BACKSLASH) return undefined;
    hash = Math.imul(hash, 31) + byte;
  }
  const place = hash & (PLACES - 1);
  const made = MADE[place] ?? "";
  if (isText(bytes, { start, end, text: made })) return made;
  return MADE[place] = String.fromCharCode(...bytes.subarray(start, end));
}

/** Whether these bytes are this text, which must be ASCII. */
export function isText(
  bytes: Uint8Array,
  { start, end, text }: {
    readonly start: number;
    readonly end: number;
    readonly text: string;
  },
): boolean {
  if (text.length !== end - start) return false;
  for (let at = 0; at < text.length; at++) {
    if (bytes[start + at] !== text.charCodeAt(at)) return false;
  }
  return true;
}
