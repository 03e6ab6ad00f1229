/** Compresses bytes in memory; the same input gives the same output. */
import { toBytes } from "@std/streams";

export async function compress(
  data: Uint8Array,
  format: "gzip" | "deflate-raw",
): Promise<Uint8Array<ArrayBuffer>> {
  const source = ReadableStream.from([new Uint8Array(data)]);
  return await toBytes(source.pipeThrough(new CompressionStream(format)));
}
