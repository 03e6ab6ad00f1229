/**
 * Lines that a person types, for several readers one after the other: a read
 * that nobody waits for any more is there for the next.
 */

export class TypedLines {
  readonly #read: () => Promise<string | undefined>;
  #pending: Promise<string | undefined> | undefined;

  /** `read`: the next line; undefined at the end of input. */
  constructor(read: () => Promise<string | undefined> = readStdin) {
    this.#read = read;
  }

  /** The next line, which stays until `take`. */
  peek(): Promise<string | undefined> {
    return this.#pending ??= this.#read();
  }

  take(): void {
    this.#pending = undefined;
  }
}

/** No person types more, and a terminal takes no more in one line. */
const MAX_BYTES = 16 * 1024;

/** A terminal gives a line at a time. */
async function readStdin(): Promise<string | undefined> {
  const bytes = new Uint8Array(MAX_BYTES);
  const size = await Deno.stdin.read(bytes).catch(() => null);
  if (size === null) return undefined;
  return new TextDecoder().decode(bytes.subarray(0, size)).trim();
}
