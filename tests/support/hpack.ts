/** The little of HPACK (RFC 7541) that tells how a request's head begins. */

type Bytes = Uint8Array<ArrayBuffer>;

const PSEUDO_HEADERS = [
  undefined,
  ":authority",
  ":method",
  ":method",
  ":path",
  ":path",
  ":scheme",
  ":scheme",
];

/** The names of the first four fields of a connection's first head. */
export function firstNames(head: Bytes): readonly (string | undefined)[] {
  const names: (string | undefined)[] = [];
  for (let at = 0; names.length < 4;) {
    const byte = head[at++] ?? 0;
    const isWhole = byte >= 0x80;
    const prefix = isWhole ? 0x7f : byte >= 0x40 ? 0x3f : 0x0f;
    names.push(PSEUDO_HEADERS[byte & prefix]);
    // A literal value: a bit for its coding, its length, then its bytes.
    if (!isWhole) at += 1 + ((head[at] ?? 0) & 0x7f);
  }
  return names;
}

/** How a head holds the length of a body, which is never in its table. */
export function contentLength(size: number): Bytes {
  let bits = "";
  for (const digit of String(size)) {
    const value = Number(digit);
    bits += value < 3
      ? value.toString(2).padStart(5, "0")
      : (0b011001 + value - 3).toString(2).padStart(6, "0");
  }
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, "1");
  const code = bits.match(/.{8}/g)?.map((byte) => parseInt(byte, 2)) ?? [];
  // Entry 28 of the static table, as 15 and 13 more.
  return new Uint8Array([0x0f, 13, 0x80 | code.length, ...code]);
}
