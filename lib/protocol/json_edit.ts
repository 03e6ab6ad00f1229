/**
 * Changes single members of a JSON object and no other byte.
 *
 * A body is forwarded as it came but for what a rule names: parsing and
 * printing it would lose big integers, key order and duplicates, and cost most
 * of the time of a 10 MB request. What strings may let through is said in
 * `json_skip.ts`; the keys of the scanned object itself are checked in full.
 */

import { concat } from "@std/bytes";
import { err, ok, type Result } from "../result.ts";
import { skipSpace, skipString, skipValue } from "./json_skip.ts";

/** One member; offsets are into the scanned bytes. */
export interface Member {
  /** Decoded: `"m\u006fdel"` is `model`. */
  readonly key: string;
  /** Of the key's opening quote. */
  readonly start: number;
  readonly valueStart: number;
  /** One past the value's last byte. */
  readonly valueEnd: number;
}

export interface ObjectScan {
  /** Of the opening brace. */
  readonly start: number;
  /** One past the closing brace. */
  readonly end: number;
  /** In the order of the text, duplicates included. */
  readonly members: readonly Member[];
}

export interface JsonSyntaxError {
  readonly message: string;
  /** Of the first byte that cannot stand where it does. */
  readonly offset: number;
}

const encoder = new TextEncoder();
// A byte order mark inside a value is a character like any other.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Finds the members of the object that `bytes` is, a byte order mark refused.
 *
 * With `from`, of the object that begins there, after space; what follows it is
 * not looked at.
 */
export function scanObject(
  bytes: Uint8Array,
  from?: number,
): Result<ObjectScan, JsonSyntaxError> {
  const start = skipSpace(bytes, from ?? 0);
  const members: Member[] = [];
  const end = scanMembers(bytes, start, members);
  if (end < 0) return err(syntaxError(bytes, ~end));

  const rest = from === undefined ? skipSpace(bytes, end) : bytes.length;
  if (rest < bytes.length) return err(syntaxError(bytes, rest));
  return ok({ start, end, members });
}

/** Fills `members`; gives offsets as the functions of `json_skip.ts` do. */
function scanMembers(
  bytes: Uint8Array,
  start: number,
  members: Member[],
): number {
  if (bytes[start] !== OPEN) return ~start;
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE) return at + 1;
  while (true) {
    const keyEnd = skipString(bytes, at);
    if (keyEnd < 0) return keyEnd;
    const key = decodeKey(bytes.subarray(at, keyEnd));
    if (key === undefined) return ~at;

    const colon = skipSpace(bytes, keyEnd);
    if (bytes[colon] !== COLON) return ~colon;
    const valueStart = skipSpace(bytes, colon + 1);
    const valueEnd = skipValue(bytes, valueStart);
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

function syntaxError(bytes: Uint8Array, offset: number): JsonSyntaxError {
  const byte = bytes[offset];
  const what = byte === undefined
    ? "Unexpected end of JSON"
    : `Unexpected byte 0x${byte.toString(16).padStart(2, "0")} in JSON`;
  return { message: `${what} at offset ${offset}`, offset };
}

/** The member that counts: of duplicates the last, as for `JSON.parse`. */
export function memberOf(scan: ObjectScan, key: string): Member | undefined {
  return scan.members.findLast((member) => member.key === key);
}

/** The JSON text of a member's value. */
export function valueText(bytes: Uint8Array, member: Member): string {
  return decoder.decode(bytes.subarray(member.valueStart, member.valueEnd));
}

/**
 * Copies `bytes` with some members of the scanned object changed.
 *
 * A text replaces the value of the last member of that key, earlier ones go; a
 * key that is not there is appended. `undefined` removes every member of the
 * key. A member that goes takes the comma and the space before it along, or, as
 * the first, those after it. Texts must be JSON; they are not checked.
 */
export function editObject(
  bytes: Uint8Array,
  scan: ObjectScan,
  edits: ReadonlyMap<string, string | undefined>,
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let copied = 0;
  function replace(start: number, end: number, text: string): void {
    parts.push(bytes.subarray(copied, start), encoder.encode(text));
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
    replace(last, last, `${kept ? "," : ""}${JSON.stringify(key)}:${text}`);
    kept = true;
  }
  parts.push(bytes.subarray(copied));
  return concat(parts);
}
