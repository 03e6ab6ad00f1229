/**
 * Reads the lines of a server-sent event stream in place, as bytes (WHATWG
 * HTML, section 9.2.6). Makes no strings and no copies.
 */

const SPACE = 0x20;
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** The offset of the first such byte; if there is none, the length. */
export function find(bytes: Uint8Array, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at < 0 ? bytes.length : at;
}

/** Whether the line is a field of that name, with or without a value. */
export function isField(
  bytes: Uint8Array,
  from: number,
  to: number,
  name: Uint8Array,
): boolean {
  const end = from + name.length;
  if (!startsWith(bytes, from, to, name)) return false;
  return end === to || bytes[end] === COLON;
}

/** Where the field's value begins: after its colon and one space. */
export function valueStart(
  bytes: Uint8Array,
  from: number,
  to: number,
  name: Uint8Array,
): number {
  const value = Math.min(from + name.length + 1, to);
  return value < to && bytes[value] === SPACE ? value + 1 : value;
}

/**
 * The end of the string that `prefix` opens; undefined if `bytes` does not
 * start with `prefix`, or the string holds an escape.
 */
export function firstStringEnd(
  bytes: Uint8Array,
  to: number,
  prefix: Uint8Array,
): number | undefined {
  if (!startsWith(bytes, 0, to, prefix)) return undefined;
  let at = prefix.length;
  while (at < to && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at++;
  return at < to && bytes[at] === QUOTE ? at : undefined;
}

export function startsWith(
  bytes: Uint8Array,
  from: number,
  to: number,
  prefix: Uint8Array,
): boolean {
  if (to - from < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) {
    if (bytes[from + i] !== prefix[i]) return false;
  }
  return true;
}
