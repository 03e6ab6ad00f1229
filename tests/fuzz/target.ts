/**
 * A parser of foreign bytes, and what must hold of it whatever it is given.
 */
import type { Random } from "../support/random.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

export interface Target {
  readonly name: string;
  /** Good inputs: others are made of them. */
  readonly samples: readonly Bytes[];
  /** Pieces that mean something to this parser. */
  readonly words: readonly (string | Bytes)[];
  /** Throws where something does not hold; `random` chooses cuts and values. */
  readonly check: (input: Bytes, random: Random) => void | Promise<void>;
}

const encoder = new TextEncoder();

export function bytesOf(text: string): Bytes {
  return encoder.encode(text);
}

/** Every byte is looked at: what is no UTF-8 becomes a mark. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Throws, with both sides, unless they read the same as JSON. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a === b) return;
  throw new Error(
    `${what}: ${String(a).slice(0, 300)} is not ${String(b).slice(0, 300)}`,
  );
}

export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** Samples out of the recorded traffic: the texts below these keys. */
export function captured(
  file: string,
  keys: readonly string[],
  most = 40,
): readonly Bytes[] {
  const url = new URL(`../fixtures/captures/${file}`, import.meta.url);
  const found: Bytes[] = [];
  const walk = (value: unknown, key: string): void => {
    if (found.length >= most) return;
    if (typeof value === "string") {
      if (keys.includes(key)) found.push(bytesOf(value));
      return;
    }
    if (typeof value !== "object" || value === null) return;
    const isWanted = keys.includes(key) && !Array.isArray(value);
    if (isWanted) found.push(bytesOf(JSON.stringify(value)));
    for (const [name, inner] of Object.entries(value)) {
      walk(inner, Array.isArray(value) ? key : name);
    }
  };
  walk(JSON.parse(Deno.readTextFileSync(url)), "");
  return found;
}
