/**
 * What the Codex backend gets of an SDK caller's Responses request: edits of
 * top-level members (`member_rules.ts` has a rule for each), or the refusal of
 * one that would change the meaning. Does not apply the edits.
 */
import { parseObject } from "../../protocol/json.ts";
import {
  type JsonText,
  memberOf,
  type ObjectScan,
  valueText,
} from "../../protocol/json_edit.ts";
import { err, ok, type Result } from "../../result.ts";
import { isNull, RULES } from "./member_rules.ts";
import { missing, type Refusal } from "./refusal.ts";

export interface ResponsesRequest {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly scan: ObjectScan;
  /**
   * Whether the connection keeps earlier responses, as a websocket does: then
   * `previous_response_id` is passed.
   */
  readonly keepsResponses: boolean;
  /** Whether the caller gets the items of the answer, and can send them back. */
  readonly getsItems: boolean;
}

export interface ResponsesEdits {
  /** Per key the JSON to set, or undefined to remove it. */
  readonly edits: ReadonlyMap<string, JsonText | undefined>;
  /** Names of the parameters that were left out, in the order of the body. */
  readonly ignored: readonly string[];
  /** Whether the caller wants events; if not, one answer. */
  readonly wantsEvents: boolean;
}

export function responsesEdits(
  request: ResponsesRequest,
): Result<ResponsesEdits, Refusal> {
  const { bytes, scan, keepsResponses } = request;
  const edits = new Map<string, JsonText | undefined>(ALWAYS);
  const ignored: string[] = [];
  for (const key of new Set(scan.members.map(({ key }) => key))) {
    const member = memberOf(scan, key);
    const action = member &&
      RULES.get(key)?.({ bytes, member, keepsResponses });
    if (action === undefined) continue;
    if (action.refusal) return err(action.refusal);
    if ("edit" in action) edits.set(key, action.edit);
    if (action.ignored) ignored.push(key);
  }
  for (const key of ["model", "input"]) {
    if (!memberOf(scan, key)) return err(missing(key));
  }
  if (textIn("store", request) === "false") edits.delete("store");
  const instructions = memberOf(scan, "instructions");
  if (instructions && !isNull({ bytes, member: instructions })) {
    edits.delete("instructions");
  }
  const include = request.getsItems
    ? includeWithReasoning(textIn("include", request))
    : undefined;
  if (include !== undefined) edits.set("include", include);
  const wantsEvents = textIn("stream", request) === "true";
  if (wantsEvents) edits.delete("stream");
  return ok({ edits, ignored, wantsEvents });
}

/** What the backend asks of every turn, unless the body has it. */
const ALWAYS: ReadonlyArray<readonly [string, string]> = [
  ["stream", "true"],
  ["store", "false"],
  ["instructions", '""'],
];

function textIn(
  key: string,
  { bytes, scan }: ResponsesRequest,
): string | undefined {
  const member = memberOf(scan, key);
  return member && valueText(bytes, member);
}

const REASONING = "reasoning.encrypted_content";

/**
 * The reasoning of a turn comes back with the next one, in which only its
 * encrypted form is understood. Undefined if `include` has it.
 */
function includeWithReasoning(given: string | undefined): string | undefined {
  const list = parseObject(`{"v":${given ?? "[]"}}`)?.["v"];
  if (list === null) return JSON.stringify([REASONING]);
  if (!Array.isArray(list) || list.includes(REASONING)) return undefined;
  return JSON.stringify([...list, REASONING]);
}
