/**
 * Reads a request body as the upstream does: identity or zstd, then JSON.
 */

import { type JsonObject, parseObject } from "../../protocol/json.ts";
import { decodeZstd } from "../../protocol/zstd.ts";

/** The largest decoded body, in bytes. */
const LIMIT = 256 * 1024 * 1024;

/** The body as a JSON object; undefined when it cannot be read as one. */
export function decodedJson(
  body: Uint8Array<ArrayBuffer>,
  encoding: string | undefined,
): JsonObject | undefined {
  const bytes = decoded(body, encoding);
  return bytes && parseObject(new TextDecoder().decode(bytes));
}

function decoded(
  body: Uint8Array<ArrayBuffer>,
  encoding: string | undefined,
): Uint8Array | undefined {
  if (encoding === undefined || encoding === "identity") return body;
  if (encoding !== "zstd") return undefined;
  const result = decodeZstd(body, LIMIT);
  return result.ok ? result.value : undefined;
}
