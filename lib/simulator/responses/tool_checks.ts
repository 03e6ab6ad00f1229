/**
 * Tools and formats that the backend refuses. None of this was recorded; the
 * words are OpenAI's.
 */

import {
  isObject,
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import type { Refused } from "../faults/refusals.ts";
import { textOf } from "../model/prompt.ts";
import { invalid } from "./rules.ts";

const NAME_LENGTH = 64;
const NAME = /^[a-zA-Z0-9_-]+$/;

export function refusedTool(body: JsonObject): Refused | undefined {
  const items: readonly unknown[] = Array.isArray(body.input) ? body.input : [];
  const lists = [
    { tools: body.tools, path: "tools" },
    ...items.map((item, index) => ({
      tools: isObject(item) ? item.tools : undefined,
      path: `input[${index}].tools`,
    })),
  ];
  for (const { tools, path } of lists) {
    if (!Array.isArray(tools)) continue;
    for (const [index, tool] of tools.entries()) {
      const name = isObject(tool) ? stringField(tool, "name") : undefined;
      const refused = name !== undefined &&
        refusedName(name, `${path}[${index}].name`);
      if (refused) return refused;
    }
  }
  return undefined;
}

function refusedName(name: string, param: string): Refused | undefined {
  if (name.length > NAME_LENGTH) {
    return invalid(
      `Invalid '${param}': string too long. Expected a string with maximum ` +
        `length ${NAME_LENGTH}, but got a string with length ${name.length} ` +
        "instead.",
      { param, code: "string_above_max_length" },
    );
  }
  if (NAME.test(name)) return undefined;
  return invalid(
    `Invalid '${param}': string does not match pattern. Expected a string ` +
      "that matches the pattern '^[a-zA-Z0-9_-]+$'.",
    { param, code: "invalid_value" },
  );
}

/** JSON without a schema must be asked for in words, too. */
export function refusedFormat(
  body: JsonObject,
  conversation: readonly JsonObject[],
): Refused | undefined {
  const format = objectField(objectField(body, "text") ?? {}, "format");
  if (format?.type !== "json_object") return undefined;
  const isAsked = conversation.some(({ content }) =>
    /json/i.test(textOf(content))
  );
  if (isAsked) return undefined;
  return invalid(
    "Response input messages must contain the word 'json' in some form to " +
      "use 'text.format' of type 'json_object'.",
    { param: "input" },
  );
}
