/**
 * Input items that the backend refuses. None of this was recorded; the words are
 * OpenAI's, as users report them.
 */

import { STATUS_CODE } from "@std/http";
import { isObject, type JsonObject, stringField } from "../../protocol/json.ts";
import type { Refused } from "../faults/refusals.ts";
import { detail, invalid, type Rules } from "./rules.ts";

type Check = (item: JsonObject, index: number) => Refused | undefined;

export function refusedItem(
  items: readonly JsonObject[],
  { history }: Rules,
): Refused | undefined {
  const orphan = orphanCheck([...history, ...items]);
  for (const [index, item] of items.entries()) {
    for (const check of [systemMessage, foreignPart, unknownItem, orphan]) {
      const refused = check(item, index);
      if (refused !== undefined) return refused;
    }
  }
  return undefined;
}

const systemMessage: Check = ({ role }) =>
  role === "system" ? detail("System messages are not allowed") : undefined;

/** What an assistant said is output, wherever it stands. */
const foreignPart: Check = ({ role, content }, index) => {
  if (role !== "assistant" || !Array.isArray(content)) return undefined;
  const place = content.findIndex((part) =>
    isObject(part) && part.type === "input_text"
  );
  if (place < 0) return undefined;
  return invalid(
    "Invalid value: 'input_text'. Supported values are: 'output_text' and " +
      "'refusal'.",
    { param: `input[${index}].content[${place}]`, code: "invalid_value" },
  );
};

/** Nothing is kept, so that an id alone finds nothing. */
const unknownItem: Check = ({ type, id, encrypted_content: blob }) => {
  const isKnown = type !== "item_reference" &&
    (type !== "reasoning" || (typeof blob === "string" && blob !== ""));
  if (isKnown) return undefined;
  return invalid(
    `Item with id '${id}' not found. Items are not persisted when ` +
      "`store` is set to false. Try again with `store` set to true, or " +
      "remove this item from your input.",
    { param: "input", status: STATUS_CODE.NotFound },
  );
};

/** Kinds of output, and what each answers. */
const CALLS: Readonly<Record<string, string>> = {
  function_call_output: "function_call",
  custom_tool_call_output: "custom_tool_call",
};

/** An output of a tool stands somewhere behind its call. */
function orphanCheck(conversation: readonly JsonObject[]): Check {
  const calls = new Set(conversation.map(callKey));
  return (item) => {
    const call = CALLS[stringField(item, "type") ?? ""];
    if (call === undefined || calls.has(callKey({ ...item, type: call }))) {
      return undefined;
    }
    const kind = call.replaceAll("_", " ");
    return invalid(
      `No tool call found for ${kind} output with call_id ${item.call_id}.`,
      { param: "input" },
    );
  };
}

function callKey({ type, call_id }: JsonObject): string {
  return `${type} ${call_id}`;
}
