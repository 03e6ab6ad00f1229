/** Reads lines, lengths and heads out of a wire. */
import { concat } from "@std/bytes";
import type { Wire } from "./wire.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export class ByteReader {
  readonly #wire: Wire;
  #held: Bytes = new Uint8Array();

  constructor(wire: Wire, first: Bytes = new Uint8Array()) {
    this.#wire = wire;
    this.#held = first;
  }

  /** What was read and is not used: behind a head there may be frames. */
  takeRest(): Bytes {
    const rest = this.#held;
    this.#held = new Uint8Array();
    return rest;
  }

  /** To the blank line, without it; one character for each byte. */
  async head(): Promise<string | undefined> {
    return await this.#until([13, 10, 13, 10]);
  }

  async line(): Promise<string | undefined> {
    return await this.#until([13, 10]);
  }

  /** Exactly that many; undefined when the wire ends before. */
  async bytes(count: number): Promise<Bytes | undefined> {
    const parts = [this.#held];
    let have = this.#held.length;
    while (have < count) {
      const chunk = await this.#wire.read();
      if (!chunk) return undefined;
      parts.push(chunk);
      have += chunk.length;
    }
    const whole = concat(parts);
    this.#held = whole.subarray(count);
    return whole.subarray(0, count);
  }

  async #until(mark: readonly number[]): Promise<string | undefined> {
    for (let from = 0;;) {
      const at = indexOf(this.#held, mark, from);
      if (at >= 0) {
        const text = latin1(this.#held.subarray(0, at));
        this.#held = this.#held.subarray(at + mark.length);
        return text;
      }
      from = Math.max(0, this.#held.length - mark.length);
      const chunk = await this.#wire.read();
      if (!chunk) return undefined;
      this.#held = concat([this.#held, chunk]);
    }
  }
}

function indexOf(
  bytes: Uint8Array,
  mark: readonly number[],
  from: number,
): number {
  const last = bytes.length - mark.length;
  for (let at = from; at <= last; at++) {
    if (mark.every((byte, n) => bytes[at + n] === byte)) return at;
  }
  return -1;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
