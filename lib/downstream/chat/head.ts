/** What is the same in all chunks of an answer, and in a whole one. */
import {
  type JsonObject,
  numberField,
  stringField,
} from "../../protocol/json.ts";

export interface AnswerHead {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
  readonly service_tier: string;
}

/** What an answer is told with when upstream leaves it out. */
export interface HeadContext {
  /** As the caller wrote it. */
  readonly model: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newId: () => string;
}

/** `response`: the first response object of the turn, or an empty one. */
export function headOf(
  response: JsonObject,
  { model, now, newId }: HeadContext,
): AnswerHead {
  const id = stringField(response, "id")?.replace(/^resp_/, "");
  const created = numberField(response, "created_at") ?? now() / 1000;
  return {
    id: `chatcmpl-${id ?? newId()}`,
    created: Math.floor(created),
    model: stringField(response, "model") ?? model,
    service_tier: stringField(response, "service_tier") ?? "default",
  };
}
