/**
 * The items of an SDK caller's `input`, as the Codex backend takes them.
 *
 * Edits the bytes of the items that need it; the others stay as they are. What
 * the backend cannot find is left out if the turn works without it, and refused
 * by name if it does not.
 */
import { MAX_RULE_VALUE_BYTES } from "../../limits.ts";
import { parseObject } from "../../protocol/json.ts";
import { editElements, type ElementEdit } from "../../protocol/json_array.ts";
import {
  editedObject,
  type JsonText,
  type Member,
  memberOf,
  type ObjectScan,
  scanObject,
  valueLength,
  valueText,
} from "../../protocol/json_edit.ts";
import { plainText } from "../../protocol/plain_text.ts";
import { cut } from "../../protocol/quote.ts";
import { err, ok, type Result } from "../../result.ts";
import { type Refusal, unsupported } from "./refusal.ts";

/**
 * The list at `start` with its items edited; undefined if none needs it, or if
 * it is not JSON, which the backend will say.
 */
export function editInputItems(
  bytes: Uint8Array,
  start: number,
): Result<Uint8Array<ArrayBuffer> | undefined, Refusal> {
  let refusal: Refusal | undefined;
  const edited = editElements(bytes, start, (at, _end, index) => {
    if (refusal) return "keep";
    const item = editItem(bytes, at, `input[${index}]`);
    if (item.ok) return item.value;
    refusal = item.error;
    return "keep";
  });
  return refusal ? err(refusal) : ok(edited);
}

type Edited = Result<ElementEdit, Refusal>;
type Edits = Map<string, JsonText | undefined>;

const KEEP: Edited = ok("keep");
const DROP: Edited = ok("drop");

function editItem(bytes: Uint8Array, at: number, param: string): Edited {
  const scanned = scanObject(bytes, at);
  if (!scanned.ok) return KEEP;
  const item = scanned.value;
  const role = textOf(bytes, memberOf(item, "role"));
  switch (typeOf(bytes, item)) {
    case "message":
      return editMessage({ bytes, item, role, param }, new Map());
    case undefined:
      if (role !== undefined) {
        return editMessage(...easy(bytes, item, role, param));
      }
      // The SDKs' types allow a reference without its type.
      return memberOf(item, "id") ? editReference(bytes, item, param) : KEEP;
    case "item_reference":
      return editReference(bytes, item, param);
    case "reasoning":
      return hasText(bytes, memberOf(item, "encrypted_content")) ? KEEP : DROP;
    default:
      return editParts({ bytes, item, role, param }, "output", new Map());
  }
}

/** A message without `type`, as all SDKs send it. */
function easy(
  bytes: Uint8Array,
  item: ObjectScan,
  role: string,
  param: string,
): [Item, Edits] {
  return [{ bytes, item, role, param }, new Map([["type", '"message"']])];
}

interface Item {
  readonly bytes: Uint8Array;
  readonly item: ObjectScan;
  readonly role: string | undefined;
  /** How an error names the item. */
  readonly param: string;
}

/** The backend takes no system messages, but developer messages. */
function editMessage(message: Item, edits: Edits): Edited {
  if (message.role === "system") edits.set("role", '"developer"');
  return editParts(message, "content", edits);
}

/**
 * Only the backend's own storage has what a reference means, and it has
 * nothing. Without reasoning the turn still works.
 */
function editReference(
  bytes: Uint8Array,
  item: ObjectScan,
  param: string,
): Edited {
  const id = textOf(bytes, memberOf(item, "id")) ?? "";
  return id.startsWith("rs_") ? DROP : err({
    code: "item_not_found",
    param,
    message: `Item with id '${cut(id)}' not found. This gateway keeps no ` +
      "items: set store to false in your client, so that it sends them whole.",
  });
}

/** The parts of `key`, then the item with them and the other `edits`. */
function editParts(of: Item, key: string, edits: Edits): Edited {
  const { bytes, item } = of;
  const list = memberOf(item, key);
  if (list && bytes[list.valueStart] === LIST) {
    let refusal: Refusal | undefined;
    const parts = editElements(bytes, list.valueStart, (at, _end, index) => {
      if (refusal) return "keep";
      const part = editPart(of, at, `${of.param}.${key}[${index}]`);
      if (part.ok) return part.value;
      refusal = part.error;
      return "keep";
    });
    if (refusal) return err(refusal);
    if (parts) edits.set(key, parts);
  }
  return edits.size === 0 ? KEEP : ok(editedObject(bytes, item, edits));
}

const LIST = 0x5b;

function editPart({ bytes, role }: Item, at: number, param: string): Edited {
  const scanned = scanObject(bytes, at);
  if (!scanned.ok) return KEEP;
  const part = scanned.value;
  const type = typeOf(bytes, part);
  if (type === "input_image" || type === "input_file") {
    const file = memberOf(part, "file_id");
    if (file && !isNull(bytes, file)) {
      return err(unsupported(
        `${param}.file_id`,
        "Uploads belong to one account and cannot be made here: send the data or a URL.",
      ));
    }
  }
  const edits: Edits = new Map();
  if (memberOf(part, BREAKPOINT)) edits.set(BREAKPOINT, undefined);
  if (role === "assistant" && (type === "input_text" || type === "text")) {
    edits.set("type", '"output_text"');
  }
  return edits.size === 0 ? KEEP : ok(editedObject(bytes, part, edits));
}

const BREAKPOINT = "prompt_cache_breakpoint";

/** Undefined if there is none, also as null. */
function typeOf(bytes: Uint8Array, scan: ObjectScan): string | undefined {
  const type = memberOf(scan, "type");
  if (!type || isNull(bytes, type)) return undefined;
  return textOf(bytes, type) ?? "";
}

function isNull(bytes: Uint8Array, member: Member): boolean {
  return bytes[member.valueStart] === NULL;
}

/** Whether it is a text that is not empty. */
function hasText(bytes: Uint8Array, member: Member | undefined): boolean {
  return member !== undefined && bytes[member.valueStart] === QUOTE &&
    valueLength(member) > '""'.length;
}

/** The value if it is a text; `…` for one that is very long. */
function textOf(
  bytes: Uint8Array,
  member: Member | undefined,
): string | undefined {
  if (!member || bytes[member.valueStart] !== QUOTE) return undefined;
  if (valueLength(member) > MAX_RULE_VALUE_BYTES) return "…";
  const plain = plainText(bytes, member.valueStart + 1, member.valueEnd - 1);
  if (plain !== undefined) return plain;
  const value = parseObject(`{"v":${valueText(bytes, member)}}`)?.["v"];
  return typeof value === "string" ? value : undefined;
}

const QUOTE = 0x22;
/** Only `null` begins with this letter. */
const NULL = 0x6e;
