/**
 * A session id for callers that name none, such as SDK callers. It is derived
 * from the beginning of the conversation, which stays the same as it grows.
 *
 * Two conversations with the same beginning share a session, which suits the
 * cache of their common prompt. The id is a keyed hash and holds none of the
 * text; the key is random and stays here, so the hash means nothing elsewhere.
 */
import { concat } from "@std/bytes";
import {
  DERIVED_SPREAD_MS,
  MAX_SESSION_PART_BYTES,
  MAX_SESSION_RULES,
} from "../limits.ts";
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
import { node } from "../std/node.ts";

export interface SessionNames {
  /** 32 random bytes. */
  readonly key: Uint8Array;
  /** When the key was made, in milliseconds since the epoch. */
  readonly startedAt: number;
}

const encoder = new TextEncoder();

/**
 * The id of the body's session, in the form of the client's own ids. Undefined
 * for a body that continues an earlier answer or has no input.
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

  const hash = node().crypto.createHmac("sha256", key);
  const common = ["model", "instructions"].map((name) => {
    const member = memberOf(scan, name);
    return member ? valueOf(bytes, member) : encoder.encode();
  });
  for (const part of [...common, ...opening]) {
    // The length first, so that different parts never join to the same bytes.
    hash.update(`${part.length} `).update(excerptOf(part));
  }
  const digest = new Uint8Array(hash.digest());
  // The id begins with a time. The same time in all ids would tell upstream
  // that the sessions of several accounts come from one place.
  const ago = new DataView(digest.buffer).getUint32(16) % DERIVED_SPREAD_MS;
  return timedUuid(startedAt - ago, digest);
}

function continues(bytes: Uint8Array, scan: ObjectScan): boolean {
  const previous = memberOf(scan, "previous_response_id");
  return previous !== undefined && valueText(bytes, previous) !== "null";
}

/**
 * Role and content of the leading items up to the first that is neither system
 * nor developer: those rules are the same in all conversations of an
 * application.
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
    return isRule && parts.length < 2 * MAX_SESSION_RULES;
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
 * The text of a content: the same for `"hi"` and for a list with that one text,
 * because a caller may send either form as the conversation grows. The raw
 * bytes if it holds more than text.
 */
function contentOf(bytes: Uint8Array, content: Member): Uint8Array {
  const own = valueOf(bytes, content);
  if (own.length > MAX_SESSION_PART_BYTES) return own;
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

/** The text of one content part; undefined for an image, a file, a refusal. */
function textIn(part: unknown): string | undefined {
  if (!isObject(part)) return undefined;
  const type = stringField(part, "type");
  return type === "input_text" || type === "text" || type === "output_text"
    ? stringField(part, "text")
    : undefined;
}

function excerptOf(part: Uint8Array): Uint8Array {
  const half = MAX_SESSION_PART_BYTES / 2;
  return part.length <= MAX_SESSION_PART_BYTES
    ? part
    : concat([part.subarray(0, half), part.subarray(-half)]);
}
