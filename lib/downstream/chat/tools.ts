/**
 * The tools of a chat request, in the form of the Responses API.
 */
import {
  isObject,
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import { ok } from "../../result.ts";
import { invalidType, missing, type Read, readEach } from "./refusal.ts";
import { ToolNames } from "./tool_names.ts";

export interface ChatTools {
  /** As upstream gets them, with short names. */
  readonly tools: readonly JsonObject[];
  /** The names of functions and custom tools, as the caller wrote them. */
  readonly known: ReadonlySet<string>;
  readonly names: ToolNames;
}

/** From `tools`, the older `functions`, and `web_search_options`. */
export function readTools(body: JsonObject): Read<ChatTools> {
  const given = readList(body, "tools", readTool);
  if (!given.ok) return given;
  const older = readList(body, "functions", readOlder);
  if (!older.ok) return older;

  const own = [...given.value, ...older.value];
  const known = own.flatMap((tool) =>
    isCallable(tool) ? stringField(tool, "name") ?? [] : []
  );
  const names = new ToolNames(known);
  const short = own.map((tool) =>
    isCallable(tool)
      ? { ...tool, name: names.short(stringField(tool, "name") ?? "") }
      : tool
  );
  const tools = [...short, ...webSearch(body)];
  return ok({ tools, known: new Set(known), names });
}

function isCallable({ type }: JsonObject): boolean {
  return type === "function" || type === "custom";
}

function readList(
  body: JsonObject,
  key: string,
  read: (tool: JsonObject, param: string) => Read<JsonObject>,
): Read<JsonObject[]> {
  const list = body[key] ?? [];
  if (!Array.isArray(list)) return invalidType(key, list, "a list");
  return readEach<unknown, JsonObject>(list, (tool, at) => {
    const param = `${key}[${at}]`;
    return isObject(tool)
      ? read(tool, param)
      : invalidType(param, tool, "an object");
  });
}

function readTool(tool: JsonObject, param: string): Read<JsonObject> {
  switch (stringField(tool, "type")) {
    case "function":
      return asFunction(
        objectField(tool, "function") ?? {},
        `${param}.function`,
      );
    case "custom":
      return asCustom(objectField(tool, "custom") ?? {}, `${param}.custom`);
    case undefined:
      return missing(`${param}.type`);
    default:
      return ok(tool);
  }
}

function readOlder(tool: JsonObject, param: string): Read<JsonObject> {
  return asFunction(tool, param);
}

function asFunction(given: JsonObject, param: string): Read<JsonObject> {
  const name = stringField(given, "name");
  if (!name) return missing(`${param}.name`);
  return ok({
    type: "function",
    name,
    description: given["description"] ?? undefined,
    parameters: given["parameters"] ?? { type: "object", properties: {} },
    // Upstream's default is true, which refuses loose schemas.
    strict: given["strict"] ?? false,
  });
}

function asCustom(given: JsonObject, param: string): Read<JsonObject> {
  const name = stringField(given, "name");
  if (!name) return missing(`${param}.name`);
  return ok({
    type: "custom",
    name,
    description: given["description"] ?? undefined,
    format: formatOf(given["format"] ?? undefined),
  });
}

/** A grammar is wrapped in the chat form only. */
function formatOf(format: unknown): unknown {
  const grammar = isObject(format) && objectField(format, "grammar");
  return grammar ? { type: "grammar", ...grammar } : format;
}

function webSearch(body: JsonObject): readonly JsonObject[] {
  const options = objectField(body, "web_search_options");
  if (!options) return [];
  return [{
    type: "web_search",
    search_context_size: options["search_context_size"] ?? undefined,
    user_location: locationOf(options["user_location"] ?? undefined),
  }];
}

/** The chat form has the place one level deeper. */
function locationOf(location: unknown): unknown {
  const place = isObject(location) && objectField(location, "approximate");
  return place ? { type: "approximate", ...place } : location;
}
