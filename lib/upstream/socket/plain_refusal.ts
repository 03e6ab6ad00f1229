/**
 * Decodes the body of a refused handshake, so that its reason can be read. A
 * handshake asks for no content coding, but the answer may have one.
 */
import { MAX_REFUSAL_BYTES } from "../../limits.ts";
import { codingOf } from "../../protocol/content_coding.ts";
import { decodedStream } from "../../protocol/decoding.ts";
import { UNTRUE_ONCE_DECODED } from "../../protocol/headers.ts";
import type { Handshake } from "../../runtime.ts";

type Refused = Extract<Handshake, { kind: "refused" }>;

/** Never rejects: takes what can be read of a damaged body. */
export async function plainRefusal(refused: Refused): Promise<Refused> {
  const coding = codingOf(refused.headers.get("content-encoding"));
  if (!coding.ok || coding.value === undefined) return refused;

  const headers = new Headers(refused.headers);
  for (const name of UNTRUE_ONCE_DECODED) headers.delete(name);
  const encoded = new Response(refused.body).body;
  if (!encoded) return { ...refused, headers };
  const body = await startOf(decodedStream(encoded, coding.value));
  return { ...refused, headers, body };
}

async function startOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const start = new Uint8Array(MAX_REFUSAL_BYTES);
  let size = 0;
  try {
    for await (const part of stream) {
      const kept = part.subarray(0, MAX_REFUSAL_BYTES - size);
      start.set(kept, size);
      size += kept.length;
      if (size === MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // What came before the damage is enough.
  }
  return start.slice(0, size);
}
