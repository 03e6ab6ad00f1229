/**
 * A seeded source of chance, so that a property test fails the same way twice.
 */

export interface Random {
  /** An integer from 0 up to, not including, `below`. */
  readonly int: (below: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
  /** True once in `n` times. */
  readonly oneIn: (n: number) => boolean;
}

/** The mulberry32 generator: 32 bits of state, good enough for test data. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  function int(below: number): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  }
  function pick<T>(items: readonly T[]): T {
    const [item] = items.slice(int(items.length));
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }
  return { int, pick, oneIn: (n) => int(n) === 0 };
}

/** Bytes of any value, or, given some, of these only. */
export function randomBytes(
  random: Random,
  length: number,
  alphabet?: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    { length },
    () => alphabet?.[random.int(alphabet.length)] ?? random.int(256),
  );
}

/** Cuts bytes into chunks of 0 to `longest` bytes. */
export function randomChunks(
  random: Random,
  bytes: Uint8Array,
  longest: number,
): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = random.int(longest + 1);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}
