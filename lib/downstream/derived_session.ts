/**
 * A session for callers that name none, as SDK callers do: known by how its
 * conversation begins, which stays the same while it grows.
 *
 * Two conversations with one beginning are one session, which is what the cache
 * of their common prompt wants. What is kept is a keyed hash and no word of it;
 * the key is made at the start, so the hash says nothing to anybody else.
 */
import { concat } from "@std/bytes";
import { createHmac } from "node:crypto";
import { isObject, parseObject, stringField } from "../protocol/json.ts";
import { eachElement } from "../protocol/json_array.ts";
import {
  type Member,
  memberOf,
  type ObjectScan,
  scanObject,
  valueText,
} from "../protocol/json_edit.ts";
import { timedUuid } from "../protocol/uuid.ts";

export interface SessionNames {
  /** Random: 32 bytes. */
  readonly key: Uint8Array;
  /** Of this process, in milliseconds since the epoch. */
  readonly startedAt: number;
}

/** How long before our start a conversation may seem to have begun. */
const SPREAD_MS = 6 * 60 * 60 * 1000;

/** An application has no more rules than this in front of what is asked. */
const MAX_RULES = 16;

/** A longer part is data; what it begins and ends with tells it from others. */
const MAX_PART_BYTES = 256 * 1024;

const encoder = new TextEncoder();

/**
 * The id of the body's session, in the form of the client's own ids. Undefined
 * for a body that continues an earlier answer, or says nothing yet.
 */
export function derivedSession(
  bytes: Uint8Array,
  scan: ObjectScan,
  { key, startedAt }: SessionNames,
): string | undefined {
  const input = memberOf(scan, "input");
  if (input === undefined || continues(bytes, scan)) return undefined;
  const opening = openingOf(bytes, input);
  if (opening.length === 0) return undefined;

  const hash = createHmac("sha256", key);
  const common = ["model", "instructions"].map((name) => {
    const member = memberOf(scan, name);
    return member ? valueOf(bytes, member) : encoder.encode();
  });
  for (const part of [...common, ...opening]) {
    // Its length in front, so that no two beginnings run into one.
    hash.update(`${part.length} `).update(excerptOf(part));
  }
  const digest = new Uint8Array(hash.digest());
  // The time comes first in such an id. One time for all would tell upstream
  // that sessions of several accounts come from one place.
  const ago = new DataView(digest.buffer).getUint32(16) % SPREAD_MS;
  return timedUuid(startedAt - ago, digest);
}

function continues(bytes: Uint8Array, scan: ObjectScan): boolean {
  const previous = memberOf(scan, "previous_response_id");
  return previous !== undefined && valueText(bytes, previous) !== "null";
}

/**
 * Role and content of the first item. Where that is the rules of an
 * application, which all its conversations have in common, of the first item
 * behind them as well.
 */
function openingOf(bytes: Uint8Array, input: Member): readonly Uint8Array[] {
  if (bytes[input.valueStart] === QUOTE) {
    return [USER, contentOf(bytes, input)];
  }
  const parts: Uint8Array[] = [];
  eachElement(bytes, input.valueStart, (start, end) => {
    const item = scanObject(bytes, start);
    const role = item.ok ? memberOf(item.value, "role") : undefined;
    const content = item.ok ? memberOf(item.value, "content") : undefined;
    parts.push(
      role ? valueOf(bytes, role) : encoder.encode(),
      content ? contentOf(bytes, content) : bytes.subarray(start, end),
    );
    const isRule = role !== undefined && RULES.has(valueText(bytes, role));
    return isRule && parts.length < 2 * MAX_RULES;
  });
  return parts;
}

const QUOTE = 0x22;
const USER = encoder.encode('"user"');
const RULES: ReadonlySet<string> = new Set(['"system"', '"developer"']);

function valueOf(bytes: Uint8Array, member: Member): Uint8Array {
  return bytes.subarray(member.valueStart, member.valueEnd);
}

/**
 * What a content says: the same for `"hi"` and for a list with that one text,
 * for a caller may send the one first and the other as the conversation grows.
 * Its bytes where there is more than text.
 */
function contentOf(bytes: Uint8Array, content: Member): Uint8Array {
  const own = valueOf(bytes, content);
  if (own.length > MAX_PART_BYTES) return own;
  const value = parseObject(`{"v":${valueText(bytes, content)}}`)?.["v"];
  const texts = typeof value === "string"
    ? [value]
    : Array.isArray(value)
    ? value.map(textIn)
    : [undefined];
  return texts.every((text) => text !== undefined)
    ? encoder.encode(texts.join("\n"))
    : own;
}

/** Of a part of a content; undefined for an image, a file, a refusal. */
function textIn(part: unknown): string | undefined {
  if (!isObject(part)) return undefined;
  const type = stringField(part, "type");
  return type === "input_text" || type === "text" || type === "output_text"
    ? stringField(part, "text")
    : undefined;
}

function excerptOf(part: Uint8Array): Uint8Array {
  const half = MAX_PART_BYTES / 2;
  return part.length <= MAX_PART_BYTES
    ? part
    : concat([part.subarray(0, half), part.subarray(-half)]);
}
