/**
 * The answer of an upstream that did not switch protocols, read whole so that
 * it can be classified and shown. Does neither itself.
 */
import type { IncomingMessage } from "node:http";
import { MAX_REFUSAL_BYTES, REFUSAL_MS } from "../../limits.ts";
import type { Handshake, Runtime } from "../../runtime.ts";
import { headersOf } from "./socket_headers.ts";

/**
 * Never rejects: takes what has come of a body that is too long, too slow or
 * cut off, because the status says the most.
 */
export function readRefusal(
  response: IncomingMessage,
  after: Runtime["after"],
): Promise<Extract<Handshake, { kind: "refused" }>> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const finish = () => {
      cancel();
      response.off("data", take);
      resolve({
        kind: "refused",
        status: response.statusCode ?? 0,
        headers: headersOf(response.rawHeaders),
        body: joined(chunks, Math.min(size, MAX_REFUSAL_BYTES)),
      });
    };
    const take = (chunk: Uint8Array) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_REFUSAL_BYTES) finish();
    };
    const cancel = after(REFUSAL_MS, finish);
    response.on("data", take);
    // `close` always comes, `end` may come before it.
    response.on("error", () => {});
    response.on("end", finish);
    response.on("close", finish);
  });
}

function joined(
  chunks: readonly Uint8Array[],
  size: number,
): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk.subarray(0, size - at), at);
    at += Math.min(chunk.length, size - at);
  }
  return whole;
}
