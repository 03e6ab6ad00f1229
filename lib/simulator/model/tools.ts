/**
 * The tools that a caller offers, and calls of them.
 */

import {
  isObject,
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import {
  customToolCall,
  functionCall,
  type OutputItem,
} from "./output_item.ts";
import type { AskedCall } from "./prompt.ts";

/** All tools of a body: lite models get them as an input item. */
export function toolsOf(body: JsonObject): readonly JsonObject[] {
  return [body, ...additionalTools(body)].flatMap(({ tools }) =>
    Array.isArray(tools) ? tools.filter(isObject) : []
  );
}

/**
 * A call of the caller's own shell tool; undefined if it offers none
 * (docs/client.md, "Bodies").
 */
export function shellCall(
  command: string,
  { body, responseId }: {
    readonly body: JsonObject;
    readonly responseId: string;
  },
): OutputItem | undefined {
  if (additionalTools(body).length > 0) {
    return customToolCall(responseId, {
      name: "exec",
      namespace: "functions",
      text: script(command),
    });
  }
  const name = "exec_command";
  if (!toolsOf(body).some((tool) => tool.name === name)) return undefined;
  return functionCall(responseId, {
    name,
    text: JSON.stringify({ cmd: command }),
  });
}

/** The calls asked for; a string if the caller does not offer one of them. */
export function askedCalls(
  calls: readonly AskedCall[],
  { body, responseId }: {
    readonly body: JsonObject;
    readonly responseId: string;
  },
): readonly OutputItem[] | string {
  const tools = toolsOf(body);
  const items: OutputItem[] = [];
  for (const [index, call] of calls.entries()) {
    const tool = tools.find((tool) => isNamed(tool, call.name));
    const name = tool && stringField(tool, "name");
    if (name === undefined) return `There is no tool "${call.name}".`;
    const suffix = index === 0 ? responseId : `${responseId}_${index + 1}`;
    const named = { name, text: call.text };
    items.push(
      tool?.type === "custom"
        ? customToolCall(suffix, named)
        : functionCall(suffix, named),
    );
  }
  return items;
}

/** The call that `tool_choice` requires; undefined if it requires none. */
export function requiredCall(
  { body, responseId }: {
    readonly body: JsonObject;
    readonly responseId: string;
  },
): OutputItem | undefined {
  if (body.tool_choice !== "required") return undefined;
  const tool = toolsOf(body).find(({ type }) => type === "function");
  const name = tool && stringField(tool, "name");
  if (tool === undefined || name === undefined) return undefined;
  const { required } = objectField(tool, "parameters") ?? {};
  const names = Array.isArray(required) ? required : [];
  const given = Object.fromEntries(names.map((key) => [key, "something"]));
  return functionCall(responseId, { name, text: JSON.stringify(given) });
}

function isNamed(tool: JsonObject, asked: string): boolean {
  const name = stringField(tool, "name") ?? "";
  return asked.endsWith("*")
    ? name.startsWith(asked.slice(0, -1))
    : name === asked;
}

function additionalTools({ input }: JsonObject): readonly JsonObject[] {
  return Array.isArray(input)
    ? input.filter(isObject).filter(({ type }) => type === "additional_tools")
    : [];
}

/** JavaScript for the `exec` tool that runs a shell command. */
function script(command: string): string {
  const call = JSON.stringify({ cmd: command });
  return `const result = await tools.exec_command(${call});\n` +
    "text(result.output);";
}
