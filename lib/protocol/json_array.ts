/**
 * Finds elements of a JSON array on its bytes, and leaves some out or replaces
 * them. The bytes of every other element stay.
 */
import { concat } from "@std/bytes";
import { skipSpace, skipValue } from "./json_skip.ts";

const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

const OPENING = new Uint8Array([OPEN]);
const BETWEEN = new Uint8Array([COMMA]);
const CLOSING = new Uint8Array([CLOSE]);

/** What becomes of one element: its bytes stay, go, or are replaced. */
export type ElementEdit = "keep" | "drop" | Uint8Array;

/**
 * The array at `start` without the elements for whose offset `drop` is true;
 * undefined if there is no array, or nothing to drop.
 */
export function withoutElements(
  bytes: Uint8Array,
  start: number,
  drop: (at: number) => boolean,
): Uint8Array<ArrayBuffer> | undefined {
  return editElements(bytes, start, (at) => drop(at) ? "drop" : "keep");
}

/**
 * The array at `start` with some elements left out or replaced; undefined if
 * there is no array, or nothing to change. Replacements must be JSON; they are
 * not checked.
 */
export function editElements(
  bytes: Uint8Array,
  start: number,
  edit: (at: number, end: number, index: number) => ElementEdit,
): Uint8Array<ArrayBuffer> | undefined {
  const parts: Uint8Array[] = [];
  /** Neighbours that stay form one piece: from here to `kept`. */
  let from: number | undefined;
  let kept = start;
  let index = 0;
  let changed = false;
  const endPiece = () => {
    if (from !== undefined) parts.push(bytes.subarray(from, kept));
    from = undefined;
  };
  const isWhole = eachElement(bytes, start, (at, end) => {
    const edited = edit(at, end, index++);
    changed ||= edited !== "keep";
    if (edited === "drop") {
      endPiece();
      return true;
    }
    if (from === undefined) {
      parts.push(parts.length === 0 ? OPENING : BETWEEN);
      from = at;
    }
    if (edited !== "keep") {
      parts.push(bytes.subarray(from, at), edited);
      from = end;
    }
    kept = end;
    return true;
  });
  if (!isWhole || !changed) return undefined;
  endPiece();
  return concat(
    parts.length === 0 ? [OPENING, CLOSING] : [...parts, CLOSING],
  );
}

/**
 * Visits the elements of the array at `start` for as long as `visit` returns
 * true. False if there is no array, or a syntax error before that.
 */
export function eachElement(
  bytes: Uint8Array,
  start: number,
  visit: (at: number, end: number) => boolean,
): boolean {
  if (bytes[start] !== OPEN) return false;
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE) return true;
  while (true) {
    const end = skipValue(bytes, at);
    if (end < 0) return false;
    if (!visit(at, end)) return true;
    at = skipSpace(bytes, end);
    if (bytes[at] === CLOSE) return true;
    if (bytes[at] !== COMMA) return false;
    at = skipSpace(bytes, at + 1);
  }
}
