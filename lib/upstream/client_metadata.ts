/**
 * The parts of a turn's `client_metadata` that belong to an account: its
 * installation id, also within the turn metadata, and its turn state
 * (docs/client.md, "Client metadata" and "Turn state").
 *
 * Upstream must not see one installation behind several accounts. Edits bytes;
 * leaves alone what does not have the official client's shape.
 */
import type { PreparedBody } from "../downstream/prepared.ts";
import { HEADER } from "../protocol/headers.ts";
import {
  editedObject,
  editObject,
  editParts,
  type JsonText,
  type Member,
  memberOf,
  type ObjectScan,
  scanObject,
  valueText,
} from "../protocol/json_edit.ts";
import { joined, utf8 } from "../protocol/slab.ts";

const decoder = new TextDecoder();

/** The only key read here that is not a header, too. */
const START_MS = "x-codex-ws-stream-request-start-ms";

/** What an account changes in a turn. */
export interface MetadataChange {
  /** Replaces the id, or adds it; undefined leaves it alone. */
  readonly installationId: string | undefined;
  /** Whether a turn state in it was issued to this account. */
  readonly ownsTurnState: (value: string) => boolean;
  /** When a frame is sent again, in milliseconds since the epoch. */
  readonly resentAt: number | undefined;
}

/**
 * The body with this installation id, added where there is none, in parts: the
 * first is how the body begins, and the only one if nothing changes.
 */
export function withInstallationId(
  body: PreparedBody,
  installationId: string,
): readonly Uint8Array[] {
  return metadataParts(body, {
    installationId,
    ownsTurnState: () => true,
    resentAt: undefined,
  });
}

/** The body as this account sends it. */
export function withMetadata(
  body: PreparedBody,
  change: MetadataChange,
): Uint8Array<ArrayBuffer> {
  const parts = metadataParts(body, change);
  return parts.length === 1 ? body.bytes : joined(parts);
}

function metadataParts(
  body: PreparedBody,
  change: MetadataChange,
): readonly Uint8Array[] {
  const metadata = clientMetadata(body, change);
  return metadata === undefined ? [body.bytes] : editParts(
    body.bytes,
    body.scan,
    new Map([["client_metadata", metadata]]),
  );
}

/** JSON for `client_metadata`; undefined if it must stay as it is. */
function clientMetadata(
  { bytes, scan }: PreparedBody,
  change: MetadataChange,
): JsonText | undefined {
  const id = change.installationId;
  const member = memberOf(scan, "client_metadata");
  if (member === undefined || isNull(bytes, member)) {
    return id && JSON.stringify({ [HEADER.installationId]: id });
  }
  const metadata = scanObject(bytes, member.valueStart);
  if (!metadata.ok) return undefined;

  const edits = metadataEdits(bytes, metadata.value, change);
  return edits.size === 0
    ? undefined
    : editedObject(bytes, metadata.value, edits);
}

/** The scan has checked the word that begins there. */
function isNull(bytes: Uint8Array, { valueStart }: Member): boolean {
  return bytes[valueStart] === LETTER_N;
}

const LETTER_N = 0x6e;

function metadataEdits(
  bytes: Uint8Array,
  scan: ObjectScan,
  { installationId, ownsTurnState, resentAt }: MetadataChange,
): ReadonlyMap<string, string | undefined> {
  const edits = new Map<string, string | undefined>();
  if (installationId !== undefined) {
    edits.set(HEADER.installationId, JSON.stringify(installationId));
    const turn = turnMetadata(bytes, scan, installationId);
    if (turn !== undefined) edits.set(HEADER.turnMetadata, turn);
  }
  const state = textOf(bytes, scan, HEADER.turnState);
  if (state !== undefined && !ownsTurnState(state)) {
    edits.set(HEADER.turnState, undefined);
  }
  if (resentAt !== undefined && memberOf(scan, START_MS)) {
    edits.set(START_MS, JSON.stringify(String(resentAt)));
  }
  return edits;
}

/** The edited turn metadata as a JSON string; undefined if unchanged. */
function turnMetadata(
  bytes: Uint8Array,
  scan: ObjectScan,
  id: string,
): string | undefined {
  const text = textOf(bytes, scan, HEADER.turnMetadata);
  if (text === undefined) return undefined;
  const edited = metadataWithInstallationId(text, id);
  return edited === text ? undefined : JSON.stringify(edited);
}

/** A member that is a string, decoded. */
function textOf(
  bytes: Uint8Array,
  scan: ObjectScan,
  key: string,
): string | undefined {
  const member = memberOf(scan, key);
  const value = member && parse(valueText(bytes, member));
  return typeof value === "string" ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Turn metadata with its `installation_id`, if it has one, replaced. */
export function metadataWithInstallationId(text: string, id: string): string {
  const bytes = utf8(text);
  const scan = scanObject(bytes);
  if (!scan.ok || !memberOf(scan.value, "installation_id")) return text;
  const edits = new Map([["installation_id", JSON.stringify(id)]]);
  return decoder.decode(editObject(bytes, scan.value, edits));
}
