/**
 * Parses a request so that printing it again changes no number: a schema may
 * hold one with more digits than a double has.
 */
import { isObject, type JsonObject, parseObject } from "../../protocol/json.ts";

declare global {
  /** What the runtime has and TypeScript's types do not. */
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/**
 * Undefined if the text is not a JSON object. In a request whose schemas hold
 * numbers that a double would change, all such numbers of schemas are objects of
 * the runtime's that print as they were written.
 */
export function parseExactly(text: string): JsonObject | undefined {
  const object = parseObject(text);
  if (!object || !SCHEMAS.some((key) => hasLongNumber(object[key]))) {
    return object;
  }
  const exact: unknown = JSON.parse(text, asWritten);
  if (!isObject(exact)) return undefined;
  // Elsewhere such an object would not be taken for a number.
  return Object.fromEntries(
    Object.keys(object).map((
      key,
    ) => [key, (SCHEMAS.includes(key) ? exact : object)[key]]),
  );
}

/** The members that hold schemas. */
const SCHEMAS = ["tools", "functions", "response_format"];

/** A double has at least fifteen digits, and the sign and point of a number. */
const SURE_CHARS = 15;

function hasLongNumber(value: unknown): boolean {
  if (typeof value === "number") {
    return !Number.isSafeInteger(value) && String(value).length > SURE_CHARS ||
      !Number.isFinite(value);
  }
  return typeof value === "object" && value !== null &&
    Object.values(value).some(hasLongNumber);
}

/** The runtime gives the source as well, which the types leave out. */
function asWritten(
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  const source = context?.source;
  return typeof value === "number" && source !== undefined &&
      String(value) !== source
    ? JSON.rawJSON(source)
    : value;
}
