/**
 * The installation id of an account, put where a turn names one: in
 * `client_metadata`, and in the turn metadata that stands there as text.
 *
 * Upstream must not see one installation behind several accounts. Edits bytes;
 * whatever has another shape than the official client's is left alone.
 */
import type { PreparedBody } from "../downstream/prepared.ts";
import {
  editObject,
  memberOf,
  type ObjectScan,
  scanObject,
  valueText,
} from "../protocol/json_edit.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The body with this installation id, added where there is none. */
export function withInstallationId(
  body: PreparedBody,
  id: string,
): Uint8Array<ArrayBuffer> {
  const metadata = clientMetadata(body, id);
  return metadata === undefined ? body.bytes : editObject(
    body.bytes,
    body.scan,
    new Map([["client_metadata", metadata]]),
  );
}

/** JSON text for `client_metadata`; undefined if it must stay as it is. */
function clientMetadata(body: PreparedBody, id: string): string | undefined {
  const own = JSON.stringify(id);
  const fresh = `{"x-codex-installation-id":${own}}`;
  const member = memberOf(body.scan, "client_metadata");
  if (!member) return fresh;

  const text = valueText(body.bytes, member);
  if (text === "null") return fresh;
  const bytes = encoder.encode(text);
  const scan = scanObject(bytes);
  if (!scan.ok) return undefined;

  const edits = new Map([["x-codex-installation-id", own]]);
  const turn = turnMetadata(bytes, scan.value, id);
  if (turn !== undefined) edits.set("x-codex-turn-metadata", turn);
  return decoder.decode(editObject(bytes, scan.value, edits));
}

/** The turn metadata as JSON text of a string, if it names an installation. */
function turnMetadata(
  bytes: Uint8Array,
  scan: ObjectScan,
  id: string,
): string | undefined {
  const member = memberOf(scan, "x-codex-turn-metadata");
  if (!member) return undefined;

  const text: unknown = parse(valueText(bytes, member));
  if (typeof text !== "string") return undefined;
  const edited = metadataWithInstallationId(text, id);
  return edited === text ? undefined : JSON.stringify(edited);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Turn metadata (C4.4) with its `installation_id`, if it has one, replaced. */
export function metadataWithInstallationId(text: string, id: string): string {
  const bytes = encoder.encode(text);
  const scan = scanObject(bytes);
  if (!scan.ok || !memberOf(scan.value, "installation_id")) return text;
  const edits = new Map([["installation_id", JSON.stringify(id)]]);
  return decoder.decode(editObject(bytes, scan.value, edits));
}
