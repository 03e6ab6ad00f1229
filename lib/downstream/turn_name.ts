/**
 * Which turn a request belongs to (docs/client.md, "Client metadata" and "Turn
 * state").
 *
 * Looks for two names in text that is not parsed: it is the caller's, a
 * kilobyte long, and nothing depends on a wrong find but the choice of an
 * account.
 */
import { MAX_FRAME_VALUE_BYTES } from "../limits.ts";
import { HEADER } from "../protocol/headers.ts";
import {
  memberOf,
  type ObjectScan,
  valueLength,
  valueText,
} from "../protocol/json_edit.ts";
import type { PreparedTurn } from "./prepared.ts";

/** In a header, and inside of a text in the body, where quotes are escaped. */
const TURN_ID = /\\?"turn_id\\?"\s*:\s*\\?"([^"\\]{1,100})\\?"/;

/** `body`: undefined for a request without one. */
export function turnOf(
  headers: Headers,
  body: { readonly bytes: Uint8Array; readonly scan: ObjectScan } | undefined,
): PreparedTurn {
  // A websocket's handshake names no turn, its frames do.
  const metadata = body && metadataIn(body.bytes, body.scan);
  const id = idIn(metadata) ?? idIn(headers.get(HEADER.turnMetadata));
  const hasState = headers.has(HEADER.turnState) ||
    (metadata?.includes(`"${HEADER.turnState}":`) ?? false);
  return { id, hasState };
}

function idIn(text: string | null | undefined): string | undefined {
  return TURN_ID.exec(text ?? "")?.[1];
}

function metadataIn(bytes: Uint8Array, scan: ObjectScan): string | undefined {
  const member = memberOf(scan, "client_metadata");
  return member && valueLength(member) <= MAX_FRAME_VALUE_BYTES
    ? valueText(bytes, member)
    : undefined;
}
