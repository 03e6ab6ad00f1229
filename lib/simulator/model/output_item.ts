/**
 * Output items of the simulated model, in the shapes and key orders of the
 * recorded ones, to which tests/simulator/captures_test.ts compares them.
 */

import type { JsonObject } from "../../protocol/json.ts";

export interface OutputItem {
  /** As in `response.output_item.done`. */
  readonly item: JsonObject;
  /**
   * The pieces in which its text comes: of a message, a refusal, a summary of
   * reasoning, the arguments of a call. An item that comes at once has none.
   */
  readonly deltas: readonly string[];
}

/** An assistant message that comes in the given pieces. */
export function message(
  responseId: string,
  deltas: readonly string[],
): OutputItem {
  return assistantMessage(responseId, deltas, {
    type: "output_text",
    text: deltas.join(""),
    annotations: [],
    logprobs: [],
  });
}

/** A message in which the model refuses. */
export function refusal(responseId: string, text: string): OutputItem {
  const part = { type: "refusal", refusal: text };
  return assistantMessage(responseId, words(text), part);
}

export function reasoning(
  responseId: string,
  { summary, blob }: { readonly summary: string; readonly blob: string },
): OutputItem {
  return {
    item: {
      id: `rs_${responseId}`,
      type: "reasoning",
      summary: [{ type: "summary_text", text: summary }],
      content: null,
      encrypted_content: blob,
    },
    deltas: words(summary),
  };
}

export function compaction(serial: number, blob: string): OutputItem {
  const item = {
    type: "compaction",
    id: `cmp_${serial}`,
    encrypted_content: blob,
  };
  return { item, deltas: [] };
}

/** `suffix` makes the ids of parallel calls differ. */
export function functionCall(
  suffix: string,
  { name, text }: { readonly name: string; readonly text: string },
): OutputItem {
  return {
    item: {
      id: `fc_${suffix}`,
      type: "function_call",
      status: "completed",
      call_id: `call_${suffix}`,
      name,
      arguments: text,
    },
    deltas: pieces(text),
  };
}

export function customToolCall(
  suffix: string,
  { name, namespace, text }: {
    readonly name: string;
    readonly namespace?: string;
    readonly text: string;
  },
): OutputItem {
  return {
    item: {
      id: `ctc_${suffix}`,
      type: "custom_tool_call",
      status: "completed",
      call_id: `call_${suffix}`,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      input: text,
    },
    deltas: pieces(text),
  };
}

/** Each word with the space behind it. */
export function words(text: string): readonly string[] {
  return text.split(/(?<= )/);
}

function assistantMessage(
  responseId: string,
  deltas: readonly string[],
  part: JsonObject,
): OutputItem {
  return {
    item: {
      id: `msg_${responseId}`,
      type: "message",
      status: "completed",
      role: "assistant",
      content: [part],
    },
    deltas,
  };
}

/** Of eight characters, none of them cut in two. */
function pieces(text: string): readonly string[] {
  return text.match(/[^]{1,8}/gu) ?? [];
}
