/**
 * A call as a chat answer shows it: in `tool_calls`, or in the older
 * `function_call` for callers that sent `functions`.
 */
import type { JsonObject } from "../../protocol/json.ts";
import type { AnswerPart } from "./answer_part.ts";

type CallPart = Extract<AnswerPart, { kind: "call" }>;
type ArgumentsPart = Extract<AnswerPart, { kind: "arguments" }>;

/** A call with its arguments, or the part of them that is there. */
export function callForm(
  { of, id, name }: CallPart,
  args: string,
): JsonObject {
  return of === "function"
    ? { id, type: of, function: { name, arguments: args } }
    : { id, type: of, custom: { name, input: args } };
}

/** What a chunk says of a call; undefined: the older form has no room for it. */
export function callDelta(
  part: CallPart | ArgumentsPart,
  olderCalls: boolean,
): JsonObject | undefined {
  if (olderCalls) return olderDelta(part);
  const { index, of } = part;
  if (part.kind === "call") {
    return { tool_calls: [{ index, ...callForm(part, "") }] };
  }
  const inner = of === "function"
    ? { function: { arguments: part.text } }
    : { custom: { input: part.text } };
  return { tool_calls: [{ index, ...inner }] };
}

function olderDelta(part: CallPart | ArgumentsPart): JsonObject | undefined {
  if (part.index > 0) return undefined;
  return {
    function_call: part.kind === "call"
      ? { name: part.name, arguments: "" }
      : { arguments: part.text },
  };
}

/** `finish_reason`, in the caller's form. */
export function finishReason(
  reason: Extract<AnswerPart, { kind: "end" }>["reason"],
  olderCalls: boolean,
): string {
  return olderCalls && reason === "tool_calls" ? "function_call" : reason;
}
