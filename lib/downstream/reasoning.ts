/**
 * A turn without the reasoning of earlier ones.
 *
 * Reasoning items carry `encrypted_content` that only the account that made
 * it can read; after a move upstream refuses them. They are a help and no part
 * of the conversation, so the turn can do without. A compaction item cannot be
 * left out: it is the conversation.
 */
import { arrayElements, arrayText } from "../protocol/json_array.ts";
import {
  editObject,
  memberOf,
  scanObject,
  valueText,
} from "../protocol/json_edit.ts";
import type { PreparedRequest } from "./prepared.ts";

/** Undefined if there is nothing to leave out. */
export function withoutReasoning(
  request: PreparedRequest,
): PreparedRequest | undefined {
  const { body } = request;
  const input = body && memberOf(body.scan, "input");
  if (!body || !input) return undefined;
  const { bytes, scan } = body;
  const elements = arrayElements(bytes, input.valueStart);
  const kept = elements?.filter(({ start }) => !isReasoning(bytes, start));
  if (!elements || !kept || kept.length === elements.length) return undefined;

  const edits = new Map([["input", arrayText(bytes, kept)]]);
  const edited = editObject(bytes, scan, edits);
  const rescan = scanObject(edited);
  return rescan.ok
    ? {
      ...request,
      body: { bytes: edited, scan: rescan.value, wire: undefined },
    }
    : undefined;
}

function isReasoning(bytes: Uint8Array, start: number): boolean {
  const scan = scanObject(bytes, start);
  const type = scan.ok ? memberOf(scan.value, "type") : undefined;
  return type !== undefined && valueText(bytes, type) === '"reasoning"';
}
