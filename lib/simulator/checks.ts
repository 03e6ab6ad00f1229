/**
 * What the upstream refuses in a request body before any model sees it.
 *
 * Pure. Knows nothing of the transport but the one difference that is asked
 * for: only a websocket may continue a response by its id.
 */

import { STATUS_CODE } from "@std/http";
import { isObject, type JsonObject } from "../protocol/json.ts";
import { err, ok, type Result } from "../result.ts";
import type { Refused } from "./backend.ts";
import { ownerKeyOf } from "./bound_values.ts";

/** Every key the client of today sends (C4.1, C5.2), and `instructions`. */
const PARAMETERS: ReadonlySet<string> = new Set([
  "model",
  "stream",
  "instructions",
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

/** The part of the check that compaction has in common with a turn. */
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

/** Blobs stand in reasoning and compaction items, and in agent messages. */
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
