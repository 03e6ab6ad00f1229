/**
 * Finds elements of a JSON array on its bytes, and leaves some out. The bytes
 * of every other element stay. Does not change elements.
 */
import { concat } from "@std/bytes";
import { skipSpace, skipValue } from "./json_skip.ts";

const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

const OPENING = new Uint8Array([OPEN]);
const BETWEEN = new Uint8Array([COMMA]);
const CLOSING = new Uint8Array([CLOSE]);

/**
 * The array at `start` without the elements for whose offset `drop` is true;
 * undefined if there is no array, or nothing to drop.
 */
export function withoutElements(
  bytes: Uint8Array,
  start: number,
  drop: (at: number) => boolean,
): Uint8Array<ArrayBuffer> | undefined {
  /** The kept elements; neighbours form one piece. */
  const runs: Uint8Array[] = [];
  let run: number | undefined;
  let kept = start;
  let dropped = false;
  const endRun = () => {
    if (run === undefined) return;
    runs.push(runs.length === 0 ? OPENING : BETWEEN, bytes.subarray(run, kept));
    run = undefined;
  };
  const isWhole = eachElement(bytes, start, (at, end) => {
    if (drop(at)) {
      dropped = true;
      endRun();
    } else {
      run ??= at;
      kept = end;
    }
    return true;
  });
  if (!isWhole || !dropped) return undefined;
  endRun();
  return concat(runs.length === 0 ? [OPENING, CLOSING] : [...runs, CLOSING]);
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
