/**
 * What became of a request on its way through a gateway: the names of what
 * was added, removed, changed or moved, down to members of JSON objects.
 *
 * Compares bytes. A body that differs anywhere outside a named member differs
 * as a whole.
 */
import { concat } from "@std/bytes";
import type { HeaderLine } from "../../../lib/protocol/headers.ts";
import {
  type Member,
  memberOf,
  type ObjectScan,
  scanObject,
  valueText,
} from "../../../lib/protocol/json_edit.ts";

/** Name to `added`, `removed`, `changed`, `moved`, or two of them. */
export type Differences = ReadonlyMap<string, string>;

/** Headers that hold a JSON object. */
const JSON_HEADERS: ReadonlySet<string> = new Set(["x-codex-turn-metadata"]);

export function headerDifferences(
  sent: readonly HeaderLine[],
  received: readonly HeaderLine[],
): Differences {
  const before = new Map(sent);
  const after = new Map(received);
  const found: [string, string][] = [];
  for (const name of before.keys()) {
    if (!after.has(name)) found.push([name, "removed"]);
  }
  for (const [name, value] of after) {
    const old = before.get(name);
    if (old === undefined) found.push([name, "added"]);
    // Its own length is checked where the body is.
    else if (old !== value && name !== "content-length") {
      found.push(...valueDifferences(name, old, value));
    }
  }
  const common = (lines: readonly HeaderLine[]) =>
    lines.map(([name]) => name).filter((name) =>
      before.has(name) && after.has(name)
    );
  for (const name of moved(common(sent), common(received))) {
    found.push([name, "moved"]);
  }
  return joined(found);
}

function valueDifferences(
  name: string,
  before: string,
  after: string,
): Differences {
  if (!JSON_HEADERS.has(name)) return new Map([[name, "changed"]]);
  const encoder = new TextEncoder();
  return bodyDifferences(name, encoder.encode(before), encoder.encode(after));
}

/** Members whose values differ, as paths below `path`. */
export function bodyDifferences(
  path: string,
  before: Uint8Array,
  after: Uint8Array,
): Differences {
  const old = scanObject(before);
  const now = scanObject(after);
  if (!old.ok || !now.ok) {
    return equal(before, after) ? new Map() : new Map([[path, "changed"]]);
  }
  const whole = new Map([[path, "changed"]]);
  if (!equal(...outside([before, old.value], [after, now.value]))) return whole;

  const found = old.value.members.flatMap((member, index) => {
    const other = now.value.members[index] ?? member;
    const texts = [valueText(before, member), valueText(after, other)] as const;
    return texts[0] === texts[1]
      ? []
      : [...memberDifferences(`${path}.${member.key}`, ...texts)];
  });
  return joined(found);
}

/** Looks into an object, or into one that is wrapped in a string. */
function memberDifferences(
  path: string,
  before: string,
  after: string,
): Differences {
  const encoder = new TextEncoder();
  const inner = (text: string) => {
    const value = JSON.parse(text);
    return encoder.encode(typeof value === "string" ? value : text);
  };
  return bodyDifferences(path, inner(before), inner(after));
}

type Scanned = readonly [Uint8Array, ObjectScan];

/** All bytes but those of values that the other side has as well. */
function outside(
  [before, old]: Scanned,
  [after, now]: Scanned,
): [Uint8Array, Uint8Array] {
  return [
    without(before, old.members.filter(({ key }) => memberOf(now, key))),
    without(after, now.members.filter(({ key }) => memberOf(old, key))),
  ];
}

function without(
  bytes: Uint8Array,
  members: readonly Member[],
): Uint8Array {
  let from = 0;
  const kept: Uint8Array[] = [];
  for (const { valueStart, valueEnd } of members) {
    kept.push(bytes.subarray(from, valueStart));
    from = valueEnd;
  }
  kept.push(bytes.subarray(from));
  return concat(kept);
}

/** The names that are not part of the longest order both sides share. */
function moved(
  before: readonly string[],
  after: readonly string[],
): readonly string[] {
  const kept = longestShared(before, after);
  return before.filter((name) => !kept.includes(name));
}

function longestShared(
  before: readonly string[],
  after: readonly string[],
): readonly string[] {
  const [first, ...rest] = before;
  if (first === undefined) return [];
  const at = after.indexOf(first);
  const next = after.slice(at + 1);
  // The usual case: the order goes on as it was.
  if (at === 0) return [first, ...longestShared(rest, next)];
  const withFirst = at === -1 ? [] : [first, ...longestShared(rest, next)];
  const withoutFirst = longestShared(
    rest,
    after.filter((name) => name !== first),
  );
  return withFirst.length > withoutFirst.length ? withFirst : withoutFirst;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function joined(
  entries: readonly (readonly [string, string])[],
): Differences {
  const all = new Map<string, string>();
  for (const [name, what] of entries) {
    const known = all.get(name);
    all.set(name, known === undefined ? what : `${known}, ${what}`);
  }
  return all;
}
