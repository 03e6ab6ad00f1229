/**
 * A turn without the reasoning of earlier ones.
 *
 * Reasoning items carry `encrypted_content` that only the account that made
 * it can read; after a move upstream refuses them. They are a help and no part
 * of the conversation, so the turn can do without. A compaction item cannot be
 * left out: it is the conversation.
 */
import { withoutElements } from "../protocol/json_array.ts";
import {
  editObject,
  memberOf,
  scanObject,
  valueLength,
  valueText,
} from "../protocol/json_edit.ts";
import type { PreparedRequest } from "./prepared.ts";

/** Far longer than the name of any item. */
const MAX_TYPE = 100;

/** Undefined if there is nothing to leave out. */
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
  return type !== undefined && valueLength(type) < MAX_TYPE &&
    valueText(bytes, type) === '"reasoning"';
}
