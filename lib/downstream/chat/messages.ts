/**
 * Chat messages as input items, in order.
 *
 * System messages become developer messages at their place, not
 * `instructions`: the models' own base prompt may override those.
 */
import { isObject, type JsonObject, stringField } from "../../protocol/json.ts";
import { ok } from "../../result.ts";
import { readAssistant } from "./assistant.ts";
import { Calls } from "./calls.ts";
import { readTexts, readToolOutput, readUserContent } from "./content.ts";
import {
  invalidType,
  invalidValue,
  missing,
  type Read,
  readEach,
  refuse,
} from "./refusal.ts";
import type { ToolNames } from "./tool_names.ts";

export function readMessages(
  messages: unknown,
  names: ToolNames,
): Read<JsonObject[]> {
  const param = "messages";
  if (messages === null || messages === undefined) return missing(param);
  if (!Array.isArray(messages)) return invalidType(param, messages, "a list");
  if (messages.length === 0) {
    return refuse({
      code: "empty_array",
      param,
      message:
        "Invalid 'messages': empty array. Expected at least one message.",
    });
  }
  const calls = new Calls();
  const items = readEach<unknown, JsonObject[]>(
    messages,
    (message, at) => readMessage(message, at, { calls, names }),
  );
  if (!items.ok) return items;
  const answered = calls.allAnswered();
  return answered.ok ? ok(items.value.flat()) : answered;
}

const ROLES = ["system", "developer", "user", "assistant", "tool", "function"];

interface Context {
  readonly calls: Calls;
  readonly names: ToolNames;
}

function readMessage(
  message: unknown,
  at: number,
  context: Context,
): Read<JsonObject[]> {
  const param = `messages[${at}]`;
  if (!isObject(message)) return invalidType(param, message, "an object");
  const { calls } = context;
  const role = stringField(message, "role");
  if (role === "user" || role === "assistant") {
    const answered = calls.allAnswered();
    if (!answered.ok) return answered;
  }
  const content = message["content"];
  switch (role) {
    case "system":
    case "developer":
      return asMessage("developer", readTexts(content, `${param}.content`));
    case "user":
      return asMessage("user", readUserContent(content, `${param}.content`));
    case "assistant":
      return readAssistant(message, at, context);
    case "tool":
      return readTool(message, param, calls);
    case "function":
      return readFunction(message, param, calls);
    default:
      return invalidValue(`${param}.role`, message["role"], ROLES);
  }
}

function asMessage(
  role: string,
  content: Read<JsonObject[]>,
): Read<JsonObject[]> {
  return content.ok
    ? ok([{ type: "message", role, content: content.value }])
    : content;
}

function readTool(
  message: JsonObject,
  param: string,
  calls: Calls,
): Read<JsonObject[]> {
  const id = stringField(message, "tool_call_id");
  if (id === undefined) return missing(`${param}.tool_call_id`);
  const kind = calls.answered(id);
  if (kind === undefined) return orphan(param, "tool", "tool_calls");
  const output = readToolOutput(message["content"], `${param}.content`);
  const type = kind === "function"
    ? "function_call_output"
    : "custom_tool_call_output";
  return output.ok ? ok([{ type, call_id: id, output: output.value }]) : output;
}

/** The old form: an output names its function, not the call. */
function readFunction(
  message: JsonObject,
  param: string,
  calls: Calls,
): Read<JsonObject[]> {
  const name = stringField(message, "name");
  if (name === undefined) return missing(`${param}.name`);
  const id = calls.answeredByName(name);
  if (id === undefined) return orphan(param, "function", "function_call");
  const output = readToolOutput(message["content"], `${param}.content`);
  return output.ok
    ? ok([{ type: "function_call_output", call_id: id, output: output.value }])
    : output;
}

/** In the words of the OpenAI API, spelling included. */
function orphan(param: string, role: string, calls: string): Read<never> {
  return refuse({
    code: null,
    param: `${param}.role`,
    message:
      `Invalid parameter: messages with role '${role}' must be a response to a ` +
      `preceeding message with '${calls}'.`,
  });
}
