/**
 * Which tool the model may or must call, in the form of the Responses API.
 */
import {
  isObject,
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import { cut } from "../../protocol/quote.ts";
import { ok } from "../../result.ts";
import {
  invalidType,
  missing,
  type Read,
  readEach,
  refuse,
} from "./refusal.ts";
import type { ChatTools } from "./tools.ts";

/** From `tool_choice`, or the older `function_call`; undefined: none. */
export function readToolChoice(
  body: JsonObject,
  tools: ChatTools,
): Read<unknown> {
  const choice = body["tool_choice"] ?? undefined;
  if (choice !== undefined) return readChoice(choice, "tool_choice", tools);
  const older = body["function_call"] ?? undefined;
  return isObject(older)
    ? named("function", older, { param: "function_call", tools })
    : readChoice(older, "function_call", tools);
}

function readChoice(
  choice: unknown,
  param: string,
  tools: ChatTools,
): Read<unknown> {
  if (choice === undefined) return ok(undefined);
  if (typeof choice === "string") {
    return ok(tools.tools.length === 0 ? undefined : choice);
  }
  if (!isObject(choice)) {
    return invalidType(param, choice, "a string or an object");
  }
  const context = { param, tools };
  return stringField(choice, "type") === "allowed_tools"
    ? readAllowed(choice, context)
    : readTool(choice, context);
}

interface Context {
  readonly param: string;
  readonly tools: ChatTools;
}

function readTool(tool: JsonObject, context: Context): Read<JsonObject> {
  const type = stringField(tool, "type");
  return type === "function" || type === "custom"
    ? named(type, objectField(tool, type) ?? {}, context)
    : ok(tool);
}

function named(
  type: string,
  tool: JsonObject,
  { param, tools: { known, names } }: Context,
): Read<JsonObject> {
  const name = stringField(tool, "name");
  if (name === undefined) return missing(`${param}.${type}.name`);
  if (known.has(name)) return ok({ type, name: names.short(name) });
  return refuse({
    code: "invalid_value",
    param,
    message: `Tool choice '${
      cut(name)
    }' is not among the tools of the request.`,
  });
}

function readAllowed(
  choice: JsonObject,
  context: Context,
): Read<JsonObject> {
  const { mode, tools: given = [] } = objectField(choice, "allowed_tools") ??
    choice;
  const param = `${context.param}.allowed_tools.tools`;
  if (!Array.isArray(given)) return invalidType(param, given, "a list");
  const tools = readEach<unknown, JsonObject>(
    given,
    (tool, at) =>
      isObject(tool)
        ? readTool(tool, context)
        : invalidType(`${param}[${at}]`, tool, "an object"),
  );
  return tools.ok
    ? ok({ type: "allowed_tools", mode, tools: tools.value })
    : tools;
}
