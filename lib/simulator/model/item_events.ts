/**
 * The events of one output item: opened, its text piece by piece, the whole of
 * it. What the captures do not have is as in OpenAI's public reference.
 */

import { isObject, type JsonObject, stringField } from "../../protocol/json.ts";
import type { OutputItem } from "./output_item.ts";

export type TurnEvent = JsonObject & { readonly type: string };

/** Events without their sequence numbers, in three parts of the item. */
export interface ItemEvents {
  readonly opening: readonly TurnEvent[];
  readonly deltas: Iterable<TurnEvent>;
  readonly closing: readonly TurnEvent[];
}

/** How a kind of item is opened, and what stands around its deltas. */
interface Stages {
  /** The item as it stands in `response.output_item.added`. */
  readonly opened: JsonObject;
  readonly before: readonly TurnEvent[];
  /** Keys of a delta besides `delta`; undefined: there are none. */
  readonly delta: TurnEvent | undefined;
  /** Keys of a delta behind `delta`. */
  readonly afterDelta?: JsonObject;
  readonly after: readonly TurnEvent[];
}

/** One delta in three is padded, which hides its length on the wire. */
const OBFUSCATED = 3;
const PADDING = "Kq7ZtB2nLw9X";

export function itemEvents(
  { item, deltas }: OutputItem,
  index: number,
): ItemEvents {
  const stages = stagesOf(item, index);
  return {
    opening: [
      {
        type: "response.output_item.added",
        output_index: index,
        item: stages.opened,
      },
      ...stages.before,
    ],
    deltas: deltaEvents(stages, deltas),
    closing: [
      ...stages.after,
      { type: "response.output_item.done", output_index: index, item },
    ],
  };
}

function* deltaEvents(
  { delta: base, afterDelta }: Stages,
  deltas: readonly string[],
): Generator<TurnEvent, void> {
  if (base === undefined) return;
  for (const [index, delta] of deltas.entries()) {
    const event = { ...base, delta, ...afterDelta };
    const isPadded = index % OBFUSCATED === 1;
    const obfuscation = PADDING.slice(delta.length % PADDING.length);
    yield isPadded ? { ...event, obfuscation } : event;
  }
}

function stagesOf(item: JsonObject, index: number): Stages {
  const started = { ...item, status: "in_progress" };
  const place = { item_id: item.id, output_index: index };
  switch (item.type) {
    case "message":
      return messageStages(item, { ...place, content_index: 0 });
    case "reasoning":
      return reasoningStages(item, { ...place, summary_index: 0 });
    case "function_call": {
      const type = "response.function_call_arguments";
      const { name, arguments: text } = item;
      return {
        opened: { ...started, arguments: "" },
        before: [],
        delta: { type: `${type}.delta`, ...place },
        after: [{ type: `${type}.done`, ...place, name, arguments: text }],
      };
    }
    case "custom_tool_call": {
      const type = "response.custom_tool_call_input";
      return {
        opened: { ...started, input: "" },
        before: [],
        delta: { type: `${type}.delta`, ...place },
        after: [{ type: `${type}.done`, ...place, input: item.input }],
      };
    }
    default:
      return { opened: started, before: [], delta: undefined, after: [] };
  }
}

/** The first part is the only one. */
function messageStages(item: JsonObject, place: JsonObject): Stages {
  const part = firstOf(item.content);
  const isRefusal = part.type === "refusal";
  const type = isRefusal ? "response.refusal" : "response.output_text";
  const started = isRefusal ? { refusal: "" } : { text: "" };
  const logprobs = isRefusal ? {} : { logprobs: [] };
  const whole = isRefusal
    ? { refusal: part.refusal }
    : { text: part.text, ...logprobs };
  return {
    opened: { ...item, status: "in_progress", content: [] },
    before: [{
      type: "response.content_part.added",
      ...place,
      part: { ...part, ...started },
    }],
    delta: { type: `${type}.delta`, ...place },
    afterDelta: logprobs,
    after: [
      { type: `${type}.done`, ...place, ...whole },
      { type: "response.content_part.done", ...place, part },
    ],
  };
}

function reasoningStages(item: JsonObject, place: JsonObject): Stages {
  const part = firstOf(item.summary);
  const type = "response.reasoning_summary";
  const opened = { ...item, summary: [], status: "in_progress" };
  const text = stringField(part, "text");
  if (text === undefined) {
    return { opened, before: [], delta: undefined, after: [] };
  }
  return {
    opened,
    before: [
      { type: `${type}_part.added`, ...place, part: { ...part, text: "" } },
    ],
    delta: { type: `${type}_text.delta`, ...place },
    after: [
      { type: `${type}_text.done`, ...place, text },
      { type: `${type}_part.done`, ...place, part },
    ],
  };
}

function firstOf(parts: unknown): JsonObject {
  const [first] = Array.isArray(parts) ? parts : [];
  return isObject(first) ? first : {};
}
