/**
 * Pictures of noise: what a user may attach, and no compression makes smaller.
 */
import { concat } from "@std/bytes";
import { crc32, deflateSync } from "node:zlib";

/** As large as the client sends a picture without making it smaller. */
const WIDTH = 2000;
const HEIGHT = 760;

/** Writes a PNG of 4.6 MB, some 6 MB in a turn (PNG specification, 5). */
export async function writeNoise(path: string): Promise<void> {
  const row = WIDTH * 3 + 1;
  const pixels = new Uint8Array(row * HEIGHT);
  for (let at = 0; at < pixels.length; at += 65_536) {
    crypto.getRandomValues(pixels.subarray(at, at + 65_536));
  }
  // Each row says how it is filtered: not at all.
  for (let y = 0; y < HEIGHT; y++) pixels[y * row] = 0;
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, WIDTH);
  header.setUint32(4, HEIGHT);
  // Eight bits each of red, green and blue.
  header.setUint8(8, 8);
  header.setUint8(9, 2);
  await Deno.writeFile(
    path,
    concat([
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
      chunk("IHDR", new Uint8Array(header.buffer)),
      chunk("IDAT", new Uint8Array(deflateSync(pixels))),
      chunk("IEND", new Uint8Array()),
    ]),
  );
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const named = concat([new TextEncoder().encode(name), data]);
  const ends = new DataView(new ArrayBuffer(8));
  ends.setUint32(0, data.length);
  ends.setUint32(4, crc32(named));
  const [length, sum] = [0, 4].map((at) => new Uint8Array(ends.buffer, at, 4));
  return concat([length ?? named, named, sum ?? named]);
}
