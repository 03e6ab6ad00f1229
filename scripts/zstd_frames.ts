/**
 * Encodes random bodies as the gateway does, and counts their frames with the
 * command `zstd`, which must be on PATH. Fails unless each has one frame.
 *
 *     deno run -A scripts/zstd_frames.ts [bodies] [seed]
 */
import { join } from "@std/path";
import { encodeZstd } from "../lib/protocol/zstd/zstd.ts";

const SMALLEST = 200_000;
const LARGEST = 8_000_000;
/** How many bodies are on disk at a time. */
const BATCH = 50;

const [bodies = 2000, seed = 1] = Deno.args.map(Number);

let state = seed >>> 0 || 1;

/** Marsaglia's xorshift: the same bodies for the same seed. */
function chance(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

/** From text that compresses very well to bytes that do not compress. */
function randomBody(): Uint8Array {
  const length = SMALLEST + chance(LARGEST - SMALLEST);
  const letters = 2 + chance(255);
  const body = new Uint8Array(length);
  for (let at = 0; at < length; at++) body[at] = chance(letters);
  return body;
}

/** Frames per file, as `zstd -lv` prints them. */
async function countFrames(files: readonly string[]): Promise<number[]> {
  const { stdout, stderr, success } = await new Deno.Command("zstd", {
    args: ["-lv", ...files],
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return [...text.matchAll(/^(?:# Zstandard )?Frames: (\d+)/gm)]
    .map(([, count]) => Number(count));
}

const dir = await Deno.makeTempDir();
let single = 0;
let sent = 0;
let encoded = 0;
try {
  for (let at = 0; at < bodies; at += BATCH) {
    const files: string[] = [];
    for (let i = at; i < Math.min(at + BATCH, bodies); i++) {
      const body = randomBody();
      const bytes = await encodeZstd(body);
      sent += body.length;
      encoded += bytes.length;
      const file = join(dir, `${i - at}.zst`);
      await Deno.writeFile(file, bytes);
      files.push(file);
    }
    const counts = await countFrames(files);
    if (counts.length !== files.length) throw new Error("zstd skipped a file");
    single += counts.filter((count) => count === 1).length;
  }
} finally {
  await Deno.remove(dir, { recursive: true });
}
const mib = (bytes: number) => Math.round(bytes / 1024 / 1024);
// deno-lint-ignore no-console
console.log(
  `${single} of ${bodies} bodies are one frame ` +
    `(${mib(sent)} MiB, ${mib(encoded)} MiB encoded, seed ${seed})`,
);
Deno.exit(single === bodies ? 0 : 1);
