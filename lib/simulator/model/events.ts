/**
 * The events of one response, in the order of the backend and with the keys of
 * the recorded ones (tests/fixtures/captures), numbered.
 */

import type { JsonObject } from "../../protocol/json.ts";
import { type AnswerOptions, USUAL_ANSWERS } from "./answer_options.ts";
import { itemEvents, type TurnEvent } from "./item_events.ts";
import type { OutputItem } from "./output_item.ts";
import {
  type ResponseHead,
  responseObject,
  usageOf,
} from "./response_object.ts";

export type { ResponseHead, TurnEvent };

/**
 * From `response.created` to `response.completed`; `extras`, which have no
 * sequence numbers, follow the first.
 */
export function* eventsOf(
  head: ResponseHead,
  output: readonly OutputItem[],
  { inputTokens, extras = [], options = USUAL_ANSWERS }: {
    readonly inputTokens: number;
    readonly extras?: readonly TurnEvent[];
    readonly options?: AnswerOptions;
  },
): Generator<TurnEvent, void> {
  const response = responseObject(head, "in_progress", { output: [] });
  let sequence = 0;
  yield numbered({ type: "response.created", response }, sequence++);
  yield* extras;
  yield numbered({ type: "response.in_progress", response }, sequence++);
  for (const event of outputEvents(output, options)) {
    yield numbered(event, sequence++);
  }
  const completed = {
    type: "response.completed",
    response: responseObject({ ...head, id: head.completedId }, "completed", {
      output: finalOutput(output, options),
      usage: usageOf({ inputTokens, outputTokens: tokensOf(output) }),
    }),
  };
  yield numbered(completed, sequence);
}

export function failedEvent(
  head: ResponseHead,
  error: { readonly code: string; readonly message: string },
): TurnEvent {
  const response = responseObject(head, "failed", { output: [], error });
  return { type: "response.failed", sequence_number: 3, response };
}

export function incompleteEvent(head: ResponseHead, reason: string): TurnEvent {
  const response = responseObject(head, "incomplete", {
    output: [],
    incompleteDetails: { reason },
  });
  return { type: "response.incomplete", response };
}

function* outputEvents(
  output: readonly OutputItem[],
  { callDeltas }: AnswerOptions,
): Generator<TurnEvent, void> {
  const parts = output.map((item, index) =>
    itemEvents(
      isCall(item) && callDeltas === "none" ? whole(item) : item,
      index,
    )
  );
  if (callDeltas === "interleaved" && output.every(isCall)) {
    yield* parts.flatMap(({ opening }) => opening);
    yield* inTurn(parts.map(({ deltas }) => [...deltas]));
    yield* parts.flatMap(({ closing }) => closing);
    return;
  }
  for (const { opening, deltas, closing } of parts) {
    yield* opening;
    yield* deltas;
    yield* closing;
  }
}

function isCall({ item }: OutputItem): boolean {
  return item.type === "function_call" || item.type === "custom_tool_call";
}

function whole({ item }: OutputItem): OutputItem {
  return { item, deltas: [] };
}

/** The first of each list, then the second of each. */
function* inTurn<T>(lists: readonly (readonly T[])[]): Generator<T, void> {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  for (let index = 0; index < longest; index++) {
    yield* lists.flatMap((list) => list.slice(index, index + 1));
  }
}

function finalOutput(
  output: readonly OutputItem[],
  options: AnswerOptions,
): readonly JsonObject[] | undefined {
  switch (options.finalOutput) {
    case "empty":
      return [];
    case "whole":
      return output.map(({ item }) => item);
    case "missing":
      return undefined;
  }
}

function tokensOf(output: readonly OutputItem[]): number {
  return 5 + output.reduce((sum, { deltas }) => sum + deltas.length, 0);
}

/** The number stands behind the type. */
function numbered({ type, ...rest }: TurnEvent, number: number): TurnEvent {
  return { type, sequence_number: number, ...rest };
}
