/**
 * SHA-256 (FIPS 180-4) and the HMAC of it (RFC 2104), for the short texts that
 * are hashed while the gateway starts.
 *
 * `node:crypto` is ten times faster, but loading it takes 20 ms and 5 MiB, and
 * Web Crypto only hashes asynchronously. Where Node is loaded anyway, such as in
 * the middle of a request, use `lib/std/node.ts`.
 */

type Bytes = Uint8Array<ArrayBuffer>;

const BLOCK_BYTES = 64;
const ROUNDS = 64;

const encoder = new TextEncoder();

export function sha256(data: Uint8Array | string): Bytes {
  const view = padded(typeof data === "string" ? encoder.encode(data) : data);
  const state = FIRST_STATE.slice();
  const words = new Uint32Array(ROUNDS);
  for (let at = 0; at < view.byteLength; at += BLOCK_BYTES) {
    spread(view, at, words);
    compress(words, state);
  }
  const digest = new DataView(new ArrayBuffer(state.byteLength));
  state.forEach((word, index) => digest.setUint32(4 * index, word));
  return new Uint8Array(digest.buffer);
}

export function hmacSha256(key: Uint8Array, text: string): Bytes {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key.length > BLOCK_BYTES ? sha256(key) : key);
  const inner = joined(block.map((byte) => byte ^ 0x36), encoder.encode(text));
  return sha256(joined(block.map((byte) => byte ^ 0x5c), sha256(inner)));
}

function joined(head: Uint8Array, tail: Uint8Array): Bytes {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}

/** A bit, zeros and the length in bits fill the last block (section 5.1.1). */
function padded(bytes: Uint8Array): DataView {
  const { length } = bytes;
  const blocks = Math.ceil((length + 9) / BLOCK_BYTES);
  const whole = new Uint8Array(blocks * BLOCK_BYTES);
  whole.set(bytes);
  whole[length] = 0x80;
  const view = new DataView(whole.buffer);
  view.setBigUint64(whole.length - 8, BigInt(length) * 8n);
  return view;
}

/** The words of a block, and those made of them (section 6.2.2, step 1). */
function spread(view: DataView, at: number, words: Uint32Array): void {
  for (let index = 0; index < 16; index++) {
    words[index] = view.getUint32(at + 4 * index);
  }
  for (let index = 16; index < ROUNDS; index++) {
    const near = words[index - 2] ?? 0;
    const far = words[index - 15] ?? 0;
    words[index] = (words[index - 16] ?? 0) + (words[index - 7] ?? 0) +
      (turned(far, 7) ^ turned(far, 18) ^ (far >>> 3)) +
      (turned(near, 17) ^ turned(near, 19) ^ (near >>> 10));
  }
}

/** Section 6.2.2, steps 2 to 4, with the names of the standard. */
function compress(words: Uint32Array, state: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let round = 0; round < ROUNDS; round++) {
    const first = h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) +
      ((e & f) ^ (~e & g)) + (ADDED[round] ?? 0) + (words[round] ?? 0);
    const second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) +
      ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e] = [g, f, e, (d + first) | 0];
    [d, c, b, a] = [c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => {
    state[index] = (state[index] ?? 0) + word;
  });
}

/** ROTR of section 3.2. */
function turned(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** Section 5.3.3. */
const FIRST_STATE = wordsOf(
  "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19",
);

/** Section 4.2.2. */
const ADDED = wordsOf(
  "428a2f9871374491b5c0fbcfe9b5dba53956c25b59f111f1923f82a4ab1c5ed5" +
    "d807aa9812835b01243185be550c7dc372be5d7480deb1fe9bdc06a7c19bf174" +
    "e49b69c1efbe47860fc19dc6240ca1cc2de92c6f4a7484aa5cb0a9dc76f988da" +
    "983e5152a831c66db00327c8bf597fc7c6e00bf3d5a7914706ca635114292967" +
    "27b70a852e1b21384d2c6dfc53380d13650a7354766a0abb81c2c92e92722c85" +
    "a2bfe8a1a81a664bc24b8b70c76c51a3d192e819d6990624f40e3585106aa070" +
    "19a4c1161e376c082748774c34b0bcb5391c0cb34ed8aa4a5b9cca4f682e6ff3" +
    "748f82ee78a5636f84c878148cc7020890befffaa4506cebbef9a3f7c67178f2",
);

function wordsOf(hex: string): Uint32Array {
  const view = new DataView(Uint8Array.fromHex(hex).buffer);
  return Uint32Array.from(
    { length: hex.length / 8 },
    (_, index) => view.getUint32(4 * index),
  );
}
