/**
 * What the upstream refuses in a request body before any model sees it.
 *
 * Pure, and the same for both transports: `session.ts` takes the keys that only
 * a websocket has out of the body first.
 */

import { STATUS_CODE } from "@std/http";
import { isObject, type JsonObject } from "../../protocol/json.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Refused } from "../faults/refusals.ts";
import { ownerKeyOf } from "../model/bound_values.ts";

/** Every key that the official client sends (docs/client.md, "Bodies"). */
export const CLIENT_KEYS: readonly string[] = [
  "model",
  "stream",
  "input",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning",
  "store",
  "include",
  "prompt_cache_key",
  "text",
  "client_metadata",
  "service_tier",
];

/** Other callers also send `instructions`. */
const PARAMETERS: ReadonlySet<string> = new Set([
  ...CLIENT_KEYS,
  "instructions",
]);

/** The input items of a body, or why it is refused. */
export function checkTurn(
  body: JsonObject,
  ownerKey: string,
): Result<readonly JsonObject[], Refused> {
  if (body.stream !== true) return refuse("Stream must be set to true");
  if (body.store !== false) return refuse("Store must be set to false");
  return checkInput(body, ownerKey);
}

/** The checks that turns and compactions share. */
export function checkInput(
  body: JsonObject,
  ownerKey: string,
): Result<readonly JsonObject[], Refused> {
  const stranger = Object.keys(body).find((key) => !PARAMETERS.has(key)) ??
    strangeTier(body);
  if (stranger !== undefined) {
    return refuse(`Unsupported parameter: ${stranger}`);
  }
  if (!Array.isArray(body.input)) return refuse("Input must be a list");

  const items: readonly JsonObject[] = body.input.filter(isObject);
  const foreign = items.flatMap(blobsOf).find((blob) =>
    ownerKeyOf(blob) !== ownerKey
  );
  return foreign === undefined ? ok(items) : err(foreignBlob(foreign));
}

/** 400 with the backend's own body (`{"detail": …}`). */
function refuse(detail: string): Result<never, Refused> {
  return err({ status: STATUS_CODE.BadRequest, body: { detail } });
}

function strangeTier(body: JsonObject): string | undefined {
  const tier = body.service_tier ?? "priority";
  return tier === "priority" ? undefined : "service_tier";
}

/** Reasoning and compaction items hold blobs, and so do agent messages. */
function blobsOf(item: JsonObject): readonly string[] {
  const parts = Array.isArray(item.content)
    ? item.content.filter(isObject)
    : [];
  return [item, ...parts].map((holder) => holder.encrypted_content)
    .filter((blob) => typeof blob === "string");
}

function foreignBlob(blob: string): Refused {
  const message = `The encrypted content ${blob.slice(0, 8)}... could not be ` +
    "verified. Reason: Encrypted content could not be decrypted or parsed.";
  return {
    status: STATUS_CODE.BadRequest,
    body: {
      error: {
        message,
        type: "invalid_request_error",
        param: null,
        code: "invalid_encrypted_content",
      },
    },
  };
}
