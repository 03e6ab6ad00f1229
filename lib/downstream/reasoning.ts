/**
 * A turn without the reasoning of earlier turns.
 *
 * Reasoning items carry `encrypted_content` that only the account that made it
 * can use; upstream refuses it from another account. They help the model but
 * are not part of the conversation, so the turn works without them. Does not
 * remove compaction items: they are the conversation.
 */
import { MAX_ITEM_TYPE_BYTES } from "../limits.ts";
import { withoutElements } from "../protocol/json_array.ts";
import {
  editObject,
  memberOf,
  scanObject,
  valueLength,
  valueText,
} from "../protocol/json_edit.ts";
import type { PreparedRequest } from "./prepared.ts";

/** Undefined if there is no reasoning to leave out. */
export function withoutReasoning(
  request: PreparedRequest,
): PreparedRequest | undefined {
  const { body } = request;
  const input = body && memberOf(body.scan, "input");
  if (!body || !input) return undefined;
  const { bytes, scan } = body;
  const lighter = withoutElements(
    bytes,
    input.valueStart,
    (at) => isReasoning(bytes, at),
  );
  if (lighter === undefined) return undefined;

  const edited = editObject(bytes, scan, new Map([["input", lighter]]));
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
  return type !== undefined && valueLength(type) < MAX_ITEM_TYPE_BYTES &&
    valueText(bytes, type) === '"reasoning"';
}
