/**
 * What the upstream refuses in a request body before any model sees it.
 *
 * Pure, and the same for both transports: `session.ts` takes the keys that only
 * a websocket has out of the body first.
 */

import { isObject, type JsonObject } from "../../protocol/json.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Refused } from "../faults/refusals.ts";
import { ownerKeyOf } from "../model/bound_values.ts";
import { refusedItem } from "./item_checks.ts";
import {
  refusedEffort,
  refusedLiteForm,
  refusedModel,
} from "./model_checks.ts";
import { detail, invalid, type Rules } from "./rules.ts";
import { refusedFormat, refusedTool } from "./tool_checks.ts";

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
  rules: Rules,
): Result<readonly JsonObject[], Refused> {
  if (body.stream !== true) return err(detail("Stream must be set to true"));
  if (body.store !== false) return err(detail("Store must be set to false"));
  return checkInput(body, rules);
}

/** The checks that turns and compactions share. */
export function checkInput(
  body: JsonObject,
  rules: Rules,
): Result<readonly JsonObject[], Refused> {
  const stranger = Object.keys(body).find((key) => !PARAMETERS.has(key)) ??
    strangeTier(body);
  if (stranger !== undefined) {
    return err(detail(`Unsupported parameter: ${stranger}`));
  }
  if (!Array.isArray(body.input)) return err(detail("Input must be a list"));

  const items: readonly JsonObject[] = body.input.filter(isObject);
  const refused = refusedModel(body, rules) ?? refusedLiteForm(body, rules) ??
    refusedEffort(body, rules) ?? refusedTool(body) ??
    refusedItem(items, rules) ?? foreignBlob(items, rules) ??
    refusedFormat(body, [...rules.history, ...items]);
  return refused === undefined ? ok(items) : err(refused);
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

function foreignBlob(
  items: readonly JsonObject[],
  { ownerKey }: Rules,
): Refused | undefined {
  const blob = items.flatMap(blobsOf).find((blob) =>
    ownerKeyOf(blob) !== ownerKey
  );
  if (blob === undefined) return undefined;
  return invalid(
    `The encrypted content ${blob.slice(0, 8)}... could not be ` +
      "verified. Reason: Encrypted content could not be decrypted or parsed.",
    { param: null, code: "invalid_encrypted_content" },
  );
}
