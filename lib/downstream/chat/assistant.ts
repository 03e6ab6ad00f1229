/**
 * An assistant message as input items: what it said, then its calls.
 *
 * Leaves out what upstream takes no part of: reasoning, audio, annotations.
 */
import {
  isObject,
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import { ok } from "../../result.ts";
import type { Calls } from "./calls.ts";
import {
  invalidType,
  invalidValue,
  missing,
  type Read,
  readEach,
} from "./refusal.ts";
import type { ToolNames } from "./tool_names.ts";

/** What an assistant message is read with. */
export interface AssistantContext {
  readonly calls: Calls;
  readonly names: ToolNames;
}

/** `at`: its place among the messages. */
export function readAssistant(
  message: JsonObject,
  at: number,
  context: AssistantContext,
): Read<JsonObject[]> {
  const param = `messages[${at}]`;
  const said = readSaid(message, `${param}.content`);
  if (!said.ok) return said;
  const called = readCalls(message, at, context);
  if (!called.ok) return called;
  // An empty message would stand between a call and its output.
  const spoken = said.value.length === 0 ? [] : [{
    type: "message",
    role: "assistant",
    content: said.value,
  }];
  return ok([...spoken, ...called.value]);
}

function readSaid(message: JsonObject, param: string): Read<JsonObject[]> {
  const content = readContent(message["content"], param);
  const refusal = stringField(message, "refusal");
  return content.ok && refusal
    ? ok([...content.value, { type: "refusal", refusal }])
    : content;
}

function readContent(content: unknown, param: string): Read<JsonObject[]> {
  if (content === null || content === undefined) return ok([]);
  if (typeof content === "string") return ok(textParts(content));
  if (!Array.isArray(content)) {
    return invalidType(param, content, "a string or a list of parts");
  }
  const parts = readEach<unknown, JsonObject[]>(
    content,
    (part, at) => readPart(part, `${param}[${at}]`),
  );
  return parts.ok ? ok(parts.value.flat()) : parts;
}

function readPart(part: unknown, param: string): Read<JsonObject[]> {
  if (!isObject(part)) return invalidType(param, part, "an object");
  const type = stringField(part, "type");
  if (type !== "text" && type !== "refusal") {
    return invalidValue(`${param}.type`, part["type"], ["text", "refusal"]);
  }
  const text = stringField(part, type);
  if (text === undefined) return missing(`${param}.${type}`);
  return ok(type === "text" ? textParts(text) : [{ type, refusal: text }]);
}

function textParts(text: string): JsonObject[] {
  return text === "" ? [] : [{ type: "output_text", text }];
}

function readCalls(
  message: JsonObject,
  at: number,
  context: AssistantContext,
): Read<JsonObject[]> {
  const param = `messages[${at}].tool_calls`;
  const given = message["tool_calls"] ?? [];
  if (!Array.isArray(given)) return invalidType(param, given, "a list");
  const called = readEach<unknown, JsonObject>(
    given,
    (call, i) => readCall(call, { param: `${param}[${i}]`, at, ...context }),
  );
  const legacy = message["function_call"] ?? undefined;
  if (!called.ok || legacy === undefined) return called;
  const last = readLegacyCall(legacy, at, context);
  return last.ok ? ok([...called.value, last.value]) : last;
}

interface CallContext extends AssistantContext {
  readonly param: string;
  readonly at: number;
}

function readCall(call: unknown, context: CallContext): Read<JsonObject> {
  const { param, at, calls, names } = context;
  if (!isObject(call)) return invalidType(param, call, "an object");
  const id = stringField(call, "id");
  if (id === undefined) return missing(`${param}.id`);
  const kind = stringField(call, "type") ?? "function";
  if (kind !== "function" && kind !== "custom") {
    return invalidValue(`${param}.type`, kind, ["function", "custom"]);
  }
  const inner = objectField(call, kind) ?? {};
  const name = stringField(inner, "name");
  if (name === undefined) return missing(`${param}.${kind}.name`);
  calls.made(id, kind, at);
  const common = { call_id: id, name: names.short(name) };
  return ok(
    kind === "function"
      ? { type: "function_call", ...common, arguments: argumentsOf(inner) }
      : {
        type: "custom_tool_call",
        ...common,
        input: stringField(inner, "input") ?? "",
      },
  );
}

function readLegacyCall(
  call: unknown,
  at: number,
  { calls, names }: AssistantContext,
): Read<JsonObject> {
  const param = `messages[${at}].function_call`;
  if (!isObject(call)) return invalidType(param, call, "an object");
  const name = stringField(call, "name");
  if (name === undefined) return missing(`${param}.name`);
  return ok({
    type: "function_call",
    call_id: calls.madeByName(name, at),
    name: names.short(name),
    arguments: argumentsOf(call),
  });
}

/** A text; some clients send the object that it should be the text of. */
function argumentsOf(call: JsonObject): string {
  const given = call["arguments"] ?? {};
  return typeof given === "string" ? given : JSON.stringify(given);
}
