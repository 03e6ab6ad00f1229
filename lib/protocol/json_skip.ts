/**
 * Finds where a JSON value ends, on bytes (RFC 8259), without parsing it.
 *
 * Checks brackets, commas, colons, literals and numbers. Does not check the
 * inside of strings: a control character, an unknown escape or broken UTF-8
 * passes, and upstream has to refuse it.
 *
 * Every function takes an offset and returns the offset after what it skipped;
 * on an error the complement `~offset` of the wrong byte, or `TOO_DEEP`. A
 * result object per token would cost more than the scan. `skipOn` can also stop
 * halfway.
 */
import { MAX_DEPTH } from "../limits.ts";

/** Returned instead of `~offset` for a value nested deeper than `MAX_DEPTH`. */
export const TOO_DEEP = Number.MIN_SAFE_INTEGER;

/** Returned by `skipOn` where the value has not ended yet. */
export const PAUSED = TOO_DEEP + 1;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** From either opening bracket to its closing bracket, in ASCII. */
const TO_CLOSER = 2;

/**
 * How far a string is read byte by byte before `indexOf` takes over: the call
 * costs about as much as reading that far, but then it is twice as fast.
 */
const SHORT_STRING = 64;

/** Skips one value of any kind. Nesting costs no call stack. */
export function skipValue(bytes: Uint8Array, start: number): number {
  return skipOn(bytes, skippingFrom(start), Infinity);
}

/** How far the skipping of a value has come. */
export interface Skipping {
  at: number;
  /** Of the containers around `at`. */
  readonly closers: number[];
  /** `at` is inside a string, and not inside one of its escapes. */
  inString: boolean;
}

export function skippingFrom(start: number): Skipping {
  return { at: start, closers: [], inString: false };
}

/** Goes on until the value ends, or pauses soon after `pause`. */
export function skipOn(
  bytes: Uint8Array,
  skipping: Skipping,
  pause: number,
): number {
  const { closers } = skipping;
  let { at, inString } = skipping;
  while (true) {
    if (at > pause) {
      skipping.at = at;
      skipping.inString = inString;
      return PAUSED;
    }
    const byte = bytes[at];
    if (inString) {
      at = skipToQuote(bytes, at, pause, skipping);
      if (at < 0) return at;
      inString = false;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (closers.length === MAX_DEPTH) return TOO_DEEP;
      at = skipSpace(bytes, at + 1);
      if (bytes[at] !== byte + TO_CLOSER) {
        closers.push(byte + TO_CLOSER);
        if (byte === OPEN_OBJECT) at = skipKey(bytes, at);
        if (at < 0) return at;
        continue;
      }
      at++;
    } else {
      at = byte === QUOTE
        ? skipToQuote(bytes, at + 1, pause, skipping)
        : skipScalar(bytes, at);
      if (at < 0) return at;
    }

    // A value has ended, and perhaps the containers around it.
    while (true) {
      // Checked first, because reading `closers[-1]` is slow in V8.
      if (closers.length === 0) return at;
      const closer = closers[closers.length - 1];
      at = skipSpace(bytes, at);
      if (bytes[at] === COMMA) {
        at = skipSpace(bytes, at + 1);
        if (closer === CLOSE_OBJECT) at = skipKey(bytes, at);
        if (at < 0) return at;
        break;
      }
      if (bytes[at] !== closer) return ~at;
      closers.pop();
      at++;
    }
  }
}

/**
 * Whether this JSON has more than `limit` values: keys are not counted, lists
 * and objects in a list twice. Costs no memory; of a text that is not JSON it
 * says anything.
 */
export function hasMoreValues(bytes: Uint8Array, limit: number): boolean {
  // Each takes a byte, and a comma or a bracket.
  if (bytes.length <= 2 * limit) return false;
  let count = 1;
  for (let at = 0; at >= 0 && at < bytes.length && count <= limit;) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      continue;
    }
    if (byte === COMMA || byte === OPEN_OBJECT || byte === OPEN_ARRAY) count++;
    at++;
  }
  return count > limit;
}

/** Skips a key, its colon and the space around it: a value comes next. */
function skipKey(bytes: Uint8Array, start: number): number {
  const end = skipString(bytes, start);
  if (end < 0) return end;
  const colon = skipSpace(bytes, end);
  if (bytes[colon] !== COLON) return ~colon;
  return skipSpace(bytes, colon + 1);
}

/** Skips a string with its quotes. */
export function skipString(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== QUOTE) return ~start;
  return skipToQuote(bytes, start + 1, Infinity);
}

/** Skips the rest of a string. Pauses only if it is given `skipping`. */
function skipToQuote(
  bytes: Uint8Array,
  start: number,
  pause: number,
  skipping?: Skipping,
): number {
  let at = start;
  let stride = SHORT_STRING;
  while (true) {
    if (at > pause && skipping) {
      skipping.at = at;
      skipping.inString = true;
      return PAUSED;
    }
    const near = Math.min(at + stride, bytes.length, pause + 1);
    while (at < near) {
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      at += byte === BACKSLASH ? 2 : 1;
    }
    const quote = bytes.indexOf(QUOTE, at);
    if (quote < 0) return ~bytes.length;
    if (!isEscaped(bytes, quote)) return quote + 1;
    // Escaped quotes may be close together, as in a string of code.
    stride = quote - at < SHORT_STRING ? 4 * stride : SHORT_STRING;
    at = quote + 1;
  }
}

/** Whether the quote follows an odd number of backslashes. */
function isEscaped(bytes: Uint8Array, quote: number): boolean {
  let first = quote;
  while (bytes[first - 1] === BACKSLASH) first--;
  return (quote - first) % 2 === 1;
}

/** Skips a literal or a number. */
function skipScalar(bytes: Uint8Array, start: number): number {
  switch (bytes[start]) {
    case 0x74:
      return skipWord(bytes, start, "true");
    case 0x66:
      return skipWord(bytes, start, "false");
    case 0x6e:
      return skipWord(bytes, start, "null");
    default:
      return skipNumber(bytes, start);
  }
}

function skipWord(bytes: Uint8Array, start: number, word: string): number {
  for (let i = 0; i < word.length; i++) {
    if (bytes[start + i] !== word.charCodeAt(i)) return ~(start + i);
  }
  return start + word.length;
}

/** `-? (0 | [1-9] digits) (. digits)? ([eE] [+-]? digits)?` (section 6). */
function skipNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  at = bytes[at] === ZERO ? at + 1 : skipDigits(bytes, at);
  if (at >= 0 && bytes[at] === POINT) at = skipDigits(bytes, at + 1);
  if (at < 0 || (bytes[at] !== 0x65 && bytes[at] !== 0x45)) return at;

  at++;
  const signed = bytes[at] === PLUS || bytes[at] === MINUS;
  return skipDigits(bytes, signed ? at + 1 : at);
}

function skipDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isDigit(bytes[at])) at++;
  return at > start ? at : ~at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Skips space, tab, line feed and carriage return (section 2). Never fails. */
export function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  // Never past the end: V8 deoptimises a function that reads there.
  while (at < bytes.length && isSpace(bytes[at])) at++;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
