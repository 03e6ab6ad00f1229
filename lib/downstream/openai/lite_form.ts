/**
 * A turn's body in the lite form: tools and instructions become the first items
 * of the input (docs/client.md, "Bodies"). Takes a body in the plain form,
 * edits its bytes.
 */
import { concat } from "@std/bytes";
import { eachElement, editElements } from "../../protocol/json_array.ts";
import {
  editedObject,
  editObject,
  type JsonText,
  type Member,
  memberOf,
  type ObjectScan,
  scanObject,
  valueText,
} from "../../protocol/json_edit.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface LiteOptions {
  /** The id of the item with the tools, given their JSON. */
  readonly idOf: (tools: Uint8Array) => string;
  /** The body is the frame of a websocket, which says so itself. */
  readonly isFrame: boolean;
}

/** Over server-sent events a header says that a turn is in the lite form. */
export const LITE_HEADER = "x-openai-internal-codex-responses-lite";

/** Over a websocket a key of `client_metadata` does. */
const LITE_KEY = `ws_request_header_${LITE_HEADER.replaceAll("-", "_")}`;

export function liteBody(
  bytes: Bytes,
  scan: ObjectScan,
  { idOf, isFrame }: LiteOptions,
): Bytes {
  const edits = new Map<string, JsonText | undefined>();
  edits.set("reasoning", withMember(bytes, scan, "reasoning", CONTEXT));
  if (isFrame) {
    const metadata = withMember(bytes, scan, "client_metadata", [
      LITE_KEY,
      '"true"',
    ]);
    edits.set("client_metadata", metadata);
  }
  if (!hasToolsItem(bytes, scan)) {
    edits.set("tools", undefined);
    edits.set("instructions", '""');
    edits.set("parallel_tool_calls", "false");
    edits.set("input", inputOf(bytes, scan, idOf));
  }
  return editObject(bytes, scan, edits);
}

const CONTEXT = ["context", '"all_turns"'] as const;

/** The object of a member with one more member of its own. */
function withMember(
  bytes: Bytes,
  scan: ObjectScan,
  key: string,
  [name, json]: readonly [string, string],
): JsonText {
  const member = memberOf(scan, key);
  const own = member && bytes.subarray(member.valueStart, member.valueEnd);
  const object = own && scanObject(own);
  return own && object?.ok
    ? editObject(own, object.value, new Map([[name, json]]))
    : `{${JSON.stringify(name)}:${json}}`;
}

/** The caller has made the lite form itself. */
function hasToolsItem(bytes: Bytes, scan: ObjectScan): boolean {
  const input = memberOf(scan, "input");
  let found = false;
  if (!input) return false;
  eachElement(bytes, input.valueStart, (at) => {
    const item = scanObject(bytes, at);
    const type = item.ok ? memberOf(item.value, "type") : undefined;
    found = type !== undefined && isText(bytes, type, "additional_tools");
    return !found;
  });
  return found;
}

function isText(bytes: Bytes, member: Member, text: string): boolean {
  const json = JSON.stringify(text);
  return member.valueEnd - member.valueStart === json.length &&
    valueText(bytes, member) === json;
}

function inputOf(
  bytes: Bytes,
  scan: ObjectScan,
  idOf: LiteOptions["idOf"],
): JsonText {
  const input = memberOf(scan, "input");
  const list = input
    ? withoutDetail(bytes, input.valueStart) ??
      bytes.subarray(input.valueStart, input.valueEnd)
    : encoder.encode("[]");
  const items = [toolsItem(bytes, scan, idOf), rulesItem(bytes, scan)]
    .filter((item) => item !== undefined);
  if (items.length === 0) return list;
  const isEmpty = /^\[\s*\]$/.test(decoder.decode(list.subarray(0, 64)));
  const first = encoder.encode(`[${items.join(",")}${isEmpty ? "" : ","}`);
  return concat([first, list.subarray(1)]);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The plain form has left out a list without tools. */
function toolsItem(
  bytes: Bytes,
  scan: ObjectScan,
  idOf: LiteOptions["idOf"],
): string | undefined {
  const tools = memberOf(scan, "tools");
  if (!tools || bytes[tools.valueStart] !== LIST) return undefined;
  const id = idOf(bytes.subarray(tools.valueStart, tools.valueEnd));
  return `{"type":"additional_tools","id":${
    JSON.stringify(id)
  },"role":"developer","tools":${valueText(bytes, tools)}}`;
}

const LIST = 0x5b;

function rulesItem(bytes: Bytes, scan: ObjectScan): string | undefined {
  const rules = memberOf(scan, "instructions");
  const text = rules && valueText(bytes, rules);
  if (text === undefined || !text.startsWith('"') || text === '""') {
    return undefined;
  }
  return `{"type":"message","role":"developer","content":[{"type":"input_text","text":${text}}]}`;
}

/** The items without `detail` of their images; undefined if none has it. */
function withoutDetail(bytes: Bytes, start: number): Bytes | undefined {
  return editElements(bytes, start, (at) => {
    const item = scanObject(bytes, at);
    if (!item.ok) return "keep";
    const edits = new Map<string, JsonText>();
    for (const key of ["content", "output"]) {
      const list = memberOf(item.value, key);
      const parts = list &&
        editElements(bytes, list.valueStart, (at) => partOf(bytes, at));
      if (parts) edits.set(key, parts);
    }
    return edits.size === 0 ? "keep" : editedObject(bytes, item.value, edits);
  });
}

function partOf(bytes: Bytes, at: number): "keep" | Bytes {
  const part = scanObject(bytes, at);
  const type = part.ok ? memberOf(part.value, "type") : undefined;
  if (!part.ok || !type || !isText(bytes, type, "input_image")) return "keep";
  return memberOf(part.value, "detail")
    ? editedObject(bytes, part.value, new Map([["detail", undefined]]))
    : "keep";
}
