/**
 * The content of a chat message, as parts of an input item.
 *
 * Drops and shrinks nothing: what has no place in an item is refused. The
 * content of assistant messages is read in `assistant.ts`.
 */
import {
  isObject,
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import { ok } from "../../result.ts";
import {
  invalidType,
  invalidValue,
  missing,
  type Read,
  readEach,
  unsupported,
} from "./refusal.ts";

/** A part of an item, as the Responses API has it. */
export type Part = JsonObject;

type ReadPart = (part: JsonObject, param: string) => Read<Part>;

/** Text only, as in system and developer messages. */
export function readTexts(content: unknown, param: string): Read<Part[]> {
  return readParts(
    content,
    param,
    (part, at) =>
      stringField(part, "type") === "text"
        ? readText(part, at)
        : invalidValue(at, part["type"], ["text"]),
  );
}

/** All that a user may send. */
export function readUserContent(content: unknown, param: string): Read<Part[]> {
  return readParts(content, param, (part, at) => {
    switch (stringField(part, "type")) {
      case "text":
        return readText(part, at);
      case "image_url":
        return readImage(part, `${at}.image_url`);
      case "file":
        return readFile(part, `${at}.file`);
      default:
        return invalidValue(`${at}.type`, part["type"], USER_PARTS);
    }
  });
}

const USER_PARTS = ["text", "image_url", "file"];

/** The output of a tool: one text, unless it has images. */
export function readToolOutput(
  content: unknown,
  param: string,
): Read<string | Part[]> {
  if (content === null || content === undefined) return ok("");
  if (typeof content === "string") return ok(content);
  const parts = readParts(content, param, (part, at) => {
    switch (stringField(part, "type")) {
      case "text":
        return readText(part, at);
      case "image_url":
        return readImage(part, `${at}.image_url`);
      default:
        return invalidValue(`${at}.type`, part["type"], TOOL_PARTS);
    }
  });
  if (!parts.ok) return parts;
  const texts = parts.value.map((part) => stringField(part, "text"));
  return texts.every((text) => text !== undefined) ? ok(texts.join("")) : parts;
}

const TOOL_PARTS = ["text", "image_url"];

function readParts(
  content: unknown,
  param: string,
  read: ReadPart,
): Read<Part[]> {
  if (typeof content === "string") return ok([inputText(content)]);
  if (content === null || content === undefined) return missing(param);
  if (!Array.isArray(content)) {
    return invalidType(param, content, "a string or a list of parts");
  }
  return readEach<unknown, Part>(content, (part, at) => {
    const name = `${param}[${at}]`;
    return isObject(part)
      ? read(part, name)
      : invalidType(name, part, "an object");
  });
}

function readText(part: JsonObject, param: string): Read<Part> {
  const text = stringField(part, "text");
  return text === undefined ? missing(`${param}.text`) : ok(inputText(text));
}

function inputText(text: string): Part {
  return { type: "input_text", text };
}

/** As the API has it, `{"url":…,"detail":…}`, or only the address. */
function readImage(part: JsonObject, param: string): Read<Part> {
  const image = objectField(part, "image_url") ?? {};
  const url = stringField(part, "image_url") ?? stringField(image, "url");
  if (url === undefined) return missing(`${param}.url`);
  const detail = stringField(image, "detail") ?? "auto";
  const own = detail === "auto" ? {} : { detail };
  return ok({ type: "input_image", image_url: url, ...own });
}

function readFile(part: JsonObject, param: string): Read<Part> {
  const file = objectField(part, "file") ?? {};
  const data = stringField(file, "file_data");
  if (data !== undefined) {
    const filename = stringField(file, "filename");
    return ok({ type: "input_file", filename, file_data: data });
  }
  return stringField(file, "file_id") === undefined
    ? missing(`${param}.file_data`)
    : unsupported(
      `${param}.file_id`,
      "An upload belongs to one account: send the file as 'file_data'.",
    );
}
