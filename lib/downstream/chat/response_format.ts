/**
 * The `text` of a request: the format of the answer and its verbosity. Schemas
 * are not touched.
 */
import {
  isObject,
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import { ok } from "../../result.ts";
import { invalidType, invalidValue, missing, type Read } from "./refusal.ts";

/** Undefined: upstream's default. */
export function readText(body: JsonObject): Read<JsonObject | undefined> {
  const format = readFormat(body["response_format"] ?? undefined);
  if (!format.ok) return format;
  const verbosity = body["verbosity"] ??
    objectField(body, "text")?.["verbosity"] ?? undefined;
  return ok(
    format.value === undefined && verbosity === undefined
      ? undefined
      : { format: format.value, verbosity },
  );
}

function readFormat(given: unknown): Read<JsonObject | undefined> {
  const param = "response_format";
  if (given === undefined) return ok(undefined);
  if (!isObject(given)) return invalidType(param, given, "an object");
  const type = stringField(given, "type");
  switch (type) {
    case "text":
      return ok(undefined);
    case "json_object":
      return ok({ type });
    case "json_schema":
      return readSchema(objectField(given, type) ?? {}, `${param}.${type}`);
    default:
      return invalidValue(`${param}.type`, given["type"], FORMATS);
  }
}

const FORMATS = ["text", "json_object", "json_schema"];

function readSchema(given: JsonObject, param: string): Read<JsonObject> {
  const name = stringField(given, "name");
  if (!name) return missing(`${param}.name`);
  return ok({
    type: "json_schema",
    name,
    description: given["description"] ?? undefined,
    schema: given["schema"] ?? undefined,
    strict: given["strict"] ?? undefined,
  });
}
