/**
 * Finds the elements of a JSON array on its bytes, and prints the array
 * without some of them. Every kept element keeps its bytes.
 */
import { skipSpace, skipValue } from "./json_skip.ts";

export interface Element {
  readonly start: number;
  /** One past the element's last byte. */
  readonly end: number;
}

const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** The elements of the array at `start`; undefined if there is no array. */
export function arrayElements(
  bytes: Uint8Array,
  start: number,
): readonly Element[] | undefined {
  if (bytes[start] !== OPEN) return undefined;
  const elements: Element[] = [];
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE) return elements;
  while (true) {
    const end = skipValue(bytes, at);
    if (end < 0) return undefined;
    elements.push({ start: at, end });
    at = skipSpace(bytes, end);
    if (bytes[at] === CLOSE) return elements;
    if (bytes[at] !== COMMA) return undefined;
    at = skipSpace(bytes, at + 1);
  }
}

/** The text of an array of these elements. */
export function arrayText(
  bytes: Uint8Array,
  elements: readonly Element[],
): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const texts = elements.map(({ start, end }) =>
    decoder.decode(bytes.subarray(start, end))
  );
  return `[${texts.join(",")}]`;
}
