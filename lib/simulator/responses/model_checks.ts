/**
 * What a model does not take: its name, its form, its efforts.
 *
 * None of this was recorded; it is what users of the backend report.
 */

import { STATUS_CODE } from "@std/http";
import {
  isObject,
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import type { Refused } from "../faults/refusals.ts";
import { detail, entryOf, invalid, type Rules } from "./rules.ts";

export function refusedModel(
  body: JsonObject,
  rules: Rules,
): Refused | undefined {
  const model = stringField(body, "model");
  if (model === undefined) return detail("Model is required");
  const entry = entryOf(body, rules);
  if (entry === undefined) {
    return detail(
      `The '${model}' model is not supported when using Codex with a ` +
        "ChatGPT account.",
    );
  }
  const isFound = rules.isLite || rules.plainForm === "found" ||
    entry.use_responses_lite !== true;
  if (isFound) return undefined;
  const status = STATUS_CODE.NotFound;
  return invalid(`Model not found ${model}`, { param: "model", status });
}

/** A lite request keeps all turns, and has its tools in an input item. */
export function refusedLiteForm(
  body: JsonObject,
  { isLite }: Rules,
): Refused | undefined {
  if (!isLite) return undefined;
  if (objectField(body, "reasoning")?.context !== "all_turns") {
    return invalid(
      "X-OpenAI-Internal-Codex-Responses-Lite requires reasoning.context to " +
        "be all_turns",
      { param: "reasoning.context", code: "unsupported_value" },
    );
  }
  if (!Array.isArray(body.tools) || body.tools.length > 0) return undefined;
  return invalid(
    "Function 'collaboration.spawn_agent' is reserved for use by this model.",
    { param: "tools", code: "invalid_value" },
  );
}

export function refusedEffort(
  body: JsonObject,
  rules: Rules,
): Refused | undefined {
  const effort = objectField(body, "reasoning")?.effort ?? undefined;
  const levels = entryOf(body, rules)?.supported_reasoning_levels;
  if (effort === undefined || !Array.isArray(levels)) return undefined;
  const known = levels.map((level) => isObject(level) ? level.effort : level);
  if (known.includes(effort)) return undefined;
  return invalid(
    `Unsupported value: '${effort}' is not supported with the ` +
      `'${stringField(body, "model")}' model. Supported values are: ` +
      `${known.map((level) => `'${level}'`).join(", ")}.`,
    { param: "reasoning.effort", code: "unsupported_value" },
  );
}
