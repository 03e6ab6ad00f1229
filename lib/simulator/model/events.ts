/**
 * The events of one response, in the order and with the keys of the recorded
 * ones (tests/fixtures/captures).
 */

import type { JsonObject } from "../../protocol/json.ts";
import type { OutputItem } from "./reply.ts";

export type TurnEvent = JsonObject & { readonly type: string };

export interface ResponseHead {
  readonly id: string;
  /**
   * The id in `response.completed`, which the next turn names
   * (docs/client.md, "Turns over a websocket").
   */
  readonly completedId: string;
  /** Unix seconds. */
  readonly createdAt: number;
}

/**
 * From `response.created` to `response.completed`; `extras`, which have no
 * sequence numbers, follow the first.
 */
export function* eventsOf(
  head: ResponseHead,
  output: readonly OutputItem[],
  { inputTokens, extras = [] }: {
    readonly inputTokens: number;
    readonly extras?: readonly TurnEvent[];
  },
): Generator<TurnEvent, void> {
  let sequence = 0;
  yield {
    type: "response.created",
    sequence_number: sequence++,
    response: responseObject(head, "in_progress"),
  };
  yield* extras;
  for (const [index, { item, deltas }] of output.entries()) {
    yield {
      type: "response.output_item.added",
      sequence_number: sequence++,
      output_index: index,
      item: opened(item),
    };
    for (const delta of deltas) {
      yield {
        type: "response.output_text.delta",
        sequence_number: sequence++,
        item_id: item.id,
        output_index: index,
        content_index: 0,
        delta,
      };
    }
    yield {
      type: "response.output_item.done",
      sequence_number: sequence++,
      output_index: index,
      item,
    };
  }
  yield {
    type: "response.completed",
    sequence_number: sequence,
    response: {
      ...responseObject({ ...head, id: head.completedId }, "completed"),
      usage: usage(inputTokens, output),
    },
  };
}

export function failedEvent(
  head: ResponseHead,
  error: { readonly code: string; readonly message: string },
): TurnEvent {
  const response = responseObject(head, "failed", error);
  return { type: "response.failed", sequence_number: 3, response };
}

export function incompleteEvent(head: ResponseHead, reason: string): TurnEvent {
  const response = {
    ...responseObject(head, "incomplete"),
    incomplete_details: { reason },
  };
  return { type: "response.incomplete", response };
}

function responseObject(
  head: ResponseHead,
  status: string,
  error: { readonly code: string; readonly message: string } | null = null,
): JsonObject {
  return {
    id: head.id,
    object: "response",
    created_at: head.createdAt,
    status,
    background: false,
    error: error && { code: error.code, message: error.message },
  };
}

/** An item as it stands in `response.output_item.added`. */
function opened(item: JsonObject): JsonObject {
  const started = { ...item, status: "in_progress" };
  return item.type === "message" ? { ...started, content: [] } : started;
}

function usage(
  inputTokens: number,
  output: readonly OutputItem[],
): JsonObject {
  const outputTokens = 5 + output.reduce(
    (sum, { deltas }) => sum + deltas.length,
    0,
  );
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + outputTokens,
  };
}
