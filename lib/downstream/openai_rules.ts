/**
 * Edits of top-level keys in an SDK caller's body, which the backend would
 * refuse or find incomplete.
 *
 * In both modes it fixes what the backend would refuse. Only in normalize mode
 * it adds what the official client always sends. Does not apply the edits.
 */
import { isObject, parseObject, stringField } from "../protocol/json.ts";
import { memberOf, type ObjectScan, valueText } from "../protocol/json_edit.ts";
import type { Endpoint } from "./prepared.ts";

/** Parameters of the public API that the Codex backend answers with a 400. */
const REFUSED: readonly string[] = [
  "max_output_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "truncation",
  "user",
];

export interface OpenaiBody {
  readonly endpoint: Endpoint;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly scan: ObjectScan;
  readonly normalize: boolean;
  /** As the models snapshot has it for this body's model. */
  readonly parallelToolCalls: () => Promise<boolean | undefined>;
}

/** Per key the JSON text to set, or undefined to remove it. */
export async function openaiEdits(
  body: OpenaiBody,
): Promise<ReadonlyMap<string, string | undefined>> {
  const edits = new Map<string, string | undefined>();
  const text = (key: string) => {
    const member = memberOf(body.scan, key);
    return member && valueText(body.bytes, member);
  };
  if (body.endpoint === "responses") {
    mendRefused(edits, text);
    mendInput(edits, body);
    if (body.normalize) addStable(edits, text);
  }
  if (
    body.normalize && body.endpoint.startsWith("responses") &&
    text("parallel_tool_calls") === undefined
  ) {
    const parallel = await body.parallelToolCalls();
    if (parallel !== undefined) {
      edits.set("parallel_tool_calls", String(parallel));
    }
  }
  return edits;
}

type TextOf = (key: string) => string | undefined;

function mendRefused(
  edits: Map<string, string | undefined>,
  text: TextOf,
): void {
  for (const key of REFUSED) {
    if (text(key) !== undefined) edits.set(key, undefined);
  }
  const tier = text("service_tier");
  if (tier !== undefined && tier !== '"priority"') {
    edits.set("service_tier", undefined);
  }
  for (const key of ["tools", "tool_choice"]) {
    const value = text(key);
    if (value?.includes(PREVIEW)) {
      const mended = withoutPreview(value);
      if (mended !== value) edits.set(key, mended);
    }
  }
}

/** Turns a bare string into one user message; does not decode a list. */
function mendInput(
  edits: Map<string, string | undefined>,
  { bytes, scan }: OpenaiBody,
): void {
  const input = memberOf(scan, "input");
  if (!input || bytes[input.valueStart] !== QUOTE) return;
  const text = valueText(bytes, input);
  edits.set(
    "input",
    `[{"type":"message","role":"user","content":[{"type":"input_text","text":${text}}]}]`,
  );
}

const QUOTE = 0x22;

function addStable(
  edits: Map<string, string | undefined>,
  text: TextOf,
): void {
  if (text("store") !== "false") edits.set("store", "false");
  const instructions = text("instructions");
  if (instructions === undefined || instructions === "null") {
    edits.set("instructions", '""');
  }
}

const PREVIEW = "web_search_preview";
const PREVIEW_TYPE = /("type"\s*:\s*)"web_search_preview\w*"/g;

/** Renames the old search tool where it is a tool, not where text names it. */
function withoutPreview(value: string): string {
  const parsed = parseObject(`{"v":${value}}`)?.["v"];
  const choice = isObject(parsed) ? parsed["tools"] : parsed;
  const tools = Array.isArray(choice) ? choice : [parsed];
  const used = tools.some((tool) =>
    isObject(tool) && stringField(tool, "type")?.startsWith(PREVIEW)
  );
  return used ? value.replace(PREVIEW_TYPE, '$1"web_search"') : value;
}
