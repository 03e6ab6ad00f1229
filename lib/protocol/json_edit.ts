/**
 * Changes single members of a JSON object and no other byte.
 *
 * Parsing and printing a body would lose big integers, key order and
 * duplicates, and would take most of the time of a 10 MB request. Does not
 * check the contents of strings (see `json_skip.ts`), except the keys of the
 * scanned object.
 */

import { MAX_DEPTH, MAX_MEMBERS, TURN_BYTES } from "../limits.ts";
import { err, type MaybePromise, ok, type Result } from "../result.ts";
import {
  PAUSED,
  skipOn,
  skippingFrom,
  skipSpace,
  skipString,
  TOO_DEEP,
} from "./json_skip.ts";
import { nextTurn } from "./next_turn.ts";
import { plainText } from "./plain_text.ts";
import { cutBytes } from "./quote.ts";
import { joined, utf8 } from "./slab.ts";

/** One member; offsets are into the scanned bytes. */
export interface Member {
  /** Decoded: `"m\u006fdel"` is `model`. */
  readonly key: string;
  /** Offset of the key's opening quote. */
  readonly start: number;
  readonly valueStart: number;
  /** One past the value's last byte. */
  readonly valueEnd: number;
}

export interface ObjectScan {
  /** Offset of the opening brace. */
  readonly start: number;
  /** One past the closing brace. */
  readonly end: number;
  /** In the order of the text, including duplicates. */
  readonly members: readonly Member[];
}

export interface JsonSyntaxError {
  readonly message: string;
  /** Offset of the first unexpected byte, or of the object. */
  readonly offset: number;
}

// A byte order mark inside a value is a character like any other.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Like `TOO_DEEP`, for an object with too many members. */
const TOO_MANY = TOO_DEEP + 2;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Finds the members of the object in `bytes`, which must hold nothing else, not
 * even a byte order mark.
 *
 * With `from`, the object begins there, after space; the bytes after it are
 * ignored.
 */
export function scanObject(
  bytes: Uint8Array,
  from?: number,
): Result<ObjectScan, JsonSyntaxError> {
  const start = skipSpace(bytes, from ?? 0);
  const members: Member[] = [];
  const step = scanMembers(bytes, { start, members, pause: Infinity }).next();
  if (!step.done) throw new Error("a scan that must not pause has paused");
  return scanned(bytes, { start, end: step.value, members }, from);
}

/** The same for a whole body, with turns of the event loop in a large one. */
export function scanInTurns(
  bytes: Uint8Array,
  turnBytes = TURN_BYTES.scan,
): MaybePromise<Result<ObjectScan, JsonSyntaxError>> {
  return bytes.length <= turnBytes
    ? scanObject(bytes)
    : scanLarge(bytes, turnBytes);
}

async function scanLarge(
  bytes: Uint8Array,
  turnBytes: number,
): Promise<Result<ObjectScan, JsonSyntaxError>> {
  const start = skipSpace(bytes, 0);
  const members: Member[] = [];
  const scanning = { start, members, pause: turnBytes };
  const steps = scanMembers(bytes, scanning);
  let step = steps.next();
  while (!step.done) {
    await nextTurn();
    scanning.pause += turnBytes;
    step = steps.next();
  }
  return scanned(bytes, { start, end: step.value, members });
}

/** The result of `scanMembers`; a negative end is an error. */
function scanned(
  bytes: Uint8Array,
  scan: ObjectScan,
  from?: number,
): Result<ObjectScan, JsonSyntaxError> {
  const { start, end } = scan;
  if (end < 0) return err(scanError(bytes, start, end));
  const rest = from === undefined ? skipSpace(bytes, end) : bytes.length;
  return rest < bytes.length ? err(syntaxError(bytes, rest)) : ok(scan);
}

interface Scanning {
  /** Offset of the opening brace. */
  readonly start: number;
  readonly members: Member[];
  /** The scan pauses when it comes further. */
  readonly pause: number;
}

/**
 * Fills `members`; returns offsets like the functions of `json_skip.ts`. Yields
 * where it pauses.
 */
function* scanMembers(
  bytes: Uint8Array,
  scanning: Scanning,
): Generator<undefined, number> {
  const { start, members } = scanning;
  if (bytes[start] !== OPEN) return ~start;
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE) return at + 1;
  while (true) {
    const keyEnd = skipString(bytes, at);
    if (keyEnd < 0) return keyEnd;
    const key = plainText(bytes, at + 1, keyEnd - 1) ??
      decodeKey(bytes.subarray(at, keyEnd));
    if (key === undefined) return ~at;
    if (members.length === MAX_MEMBERS) return TOO_MANY;

    const colon = skipSpace(bytes, keyEnd);
    if (bytes[colon] !== COLON) return ~colon;
    const valueStart = skipSpace(bytes, colon + 1);
    const skipping = skippingFrom(valueStart);
    let valueEnd = skipOn(bytes, skipping, scanning.pause);
    while (valueEnd === PAUSED) {
      yield;
      valueEnd = skipOn(bytes, skipping, scanning.pause);
    }
    if (valueEnd < 0) return valueEnd;
    members.push({ key, start: at, valueStart, valueEnd });

    const next = skipSpace(bytes, valueEnd);
    if (bytes[next] === CLOSE) return next + 1;
    if (bytes[next] !== COMMA) return ~next;
    at = skipSpace(bytes, next + 1);
  }
}

function decodeKey(quoted: Uint8Array): string | undefined {
  try {
    const key: unknown = JSON.parse(decoder.decode(quoted));
    return typeof key === "string" ? key : undefined;
  } catch {
    return undefined;
  }
}

/** The error for a negative `end` of the object at `start`. */
function scanError(
  bytes: Uint8Array,
  start: number,
  end: number,
): JsonSyntaxError {
  switch (end) {
    case TOO_DEEP:
      return { message: `nested deeper than ${MAX_DEPTH}`, offset: start };
    case TOO_MANY:
      return { message: `more than ${MAX_MEMBERS} members`, offset: start };
    default:
      return syntaxError(bytes, ~end);
  }
}

function syntaxError(bytes: Uint8Array, offset: number): JsonSyntaxError {
  const byte = bytes[offset];
  const what = byte === undefined
    ? "Unexpected end of JSON"
    : `Unexpected byte 0x${byte.toString(16).padStart(2, "0")} in JSON`;
  return { message: `${what} at offset ${offset}`, offset };
}

/** The last member of this key, which is the one that `JSON.parse` keeps. */
export function memberOf(scan: ObjectScan, key: string): Member | undefined {
  return scan.members.findLast((member) => member.key === key);
}

/** The JSON text of a member's value. */
export function valueText(bytes: Uint8Array, member: Member): string {
  return decoder.decode(bytes.subarray(member.valueStart, member.valueEnd));
}

/** The text of a member whose value is a short string without escapes. */
export function plainValue(
  bytes: Uint8Array,
  { valueStart, valueEnd }: Member,
): string | undefined {
  return bytes[valueStart] === QUOTE
    ? plainText(bytes, valueStart + 1, valueEnd - 1)
    : undefined;
}

/** The beginning of a member's value, for a message. */
export function valueQuote(bytes: Uint8Array, member: Member): string {
  return cutBytes(bytes.subarray(member.valueStart, member.valueEnd));
}

/** The length of a member's value, in bytes. */
export function valueLength(member: Member): number {
  return member.valueEnd - member.valueStart;
}

/**
 * Copies `bytes` with some members of the scanned object changed.
 *
 * A text replaces the value of the last member of its key and removes earlier
 * ones; a missing key is appended. `undefined` removes every member of the key.
 * The comma and space before a removed member go with it; for the first member,
 * those after it. Texts must be JSON; they are not checked.
 */
export function editObject(
  bytes: Uint8Array,
  scan: ObjectScan,
  edits: ReadonlyMap<string, JsonText | undefined>,
): Uint8Array<ArrayBuffer> {
  return joined(editParts(bytes, scan, edits));
}

/** The same in parts; the first is how `bytes` begins, up to the first edit. */
export function editParts(
  bytes: Uint8Array,
  scan: ObjectScan,
  edits: ReadonlyMap<string, JsonText | undefined>,
): readonly Uint8Array[] {
  return editWithin(bytes, scan, edits, { from: 0, to: bytes.length });
}

/** The same, but copies only the bytes of the scanned object. */
export function editedObject(
  bytes: Uint8Array,
  scan: ObjectScan,
  edits: ReadonlyMap<string, JsonText | undefined>,
): Uint8Array<ArrayBuffer> {
  return joined(
    editWithin(bytes, scan, edits, { from: scan.start, to: scan.end }),
  );
}

function editWithin(
  bytes: Uint8Array,
  scan: ObjectScan,
  edits: ReadonlyMap<string, JsonText | undefined>,
  { from, to }: { readonly from: number; readonly to: number },
): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let copied = from;
  function replace(start: number, end: number, text: JsonText): void {
    parts.push(bytes.subarray(copied, start), bytesOf(text));
    copied = end;
  }

  const { members } = scan;
  const lasts = new Map(
    [...edits.keys()].map((key) => [key, memberOf(scan, key)]),
  );
  let kept = false;
  for (const [i, member] of members.entries()) {
    if (!edits.has(member.key)) {
      kept = true;
      continue;
    }
    const text = edits.get(member.key);
    if (text !== undefined && lasts.get(member.key) === member) {
      replace(member.valueStart, member.valueEnd, text);
      kept = true;
    } else if (kept) {
      replace(members[i - 1]?.valueEnd ?? copied, member.valueEnd, "");
    } else {
      replace(member.start, members[i + 1]?.start ?? member.valueEnd, "");
    }
  }

  const last = members.at(-1)?.valueEnd ?? scan.start + 1;
  for (const [key, text] of edits) {
    if (text === undefined || lasts.get(key) !== undefined) continue;
    replace(last, last, `${kept ? "," : ""}${JSON.stringify(key)}:`);
    parts.push(bytesOf(text));
    kept = true;
  }
  parts.push(bytes.subarray(copied, to));
  return parts;
}

/** JSON as text, or as its UTF-8 bytes. */
export type JsonText = string | Uint8Array;

function bytesOf(text: JsonText): Uint8Array {
  return typeof text === "string" ? utf8(text) : text;
}
