/**
 * Reads foreign JSON text, and fields of unknown type.
 *
 * For small texts that are read, not forwarded. A body that goes to upstream is
 * edited on its bytes (`json_edit.ts`), so that nothing in it is reprinted.
 */

import { MAX_DEPTH } from "../limits.ts";
import { skipSpace, skipValue } from "./json_skip.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses text that must be a JSON object; `undefined` if it is anything else,
 * or nested deeper than `MAX_DEPTH`.
 */
export function parseObject(text: string): JsonObject | undefined {
  // A shorter text cannot be nested deeper.
  if (text.length > MAX_DEPTH && !isParsable(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Checks the nesting before parsing: the time of parsing and printing grows
 * with its square, the time of this check does not. Not a full syntax check.
 */
function isParsable(text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  return skipValue(bytes, skipSpace(bytes, 0)) > 0;
}

/** The field if it is a string. */
export function stringField(
  object: JsonObject,
  key: string,
): string | undefined {
  const value = field(object, key);
  return typeof value === "string" ? value : undefined;
}

/** The field if it is a number. */
export function numberField(
  object: JsonObject,
  key: string,
): number | undefined {
  const value = field(object, key);
  return typeof value === "number" ? value : undefined;
}

/** The field if it is an object, and not an array. */
export function objectField(
  object: JsonObject,
  key: string,
): JsonObject | undefined {
  const value = field(object, key);
  return isObject(value) ? value : undefined;
}

/** Own fields only: `constructor` and the like are not data. */
function field(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Whether a parsed value is an object, and not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A finite number of at least zero, written in digits and one point. */
export function decimal(value: unknown): number | undefined {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string") return undefined;
  if (!/^\s*\d{1,18}(?:\.\d{1,18})?\s*$/.test(text)) return undefined;
  return Number(text);
}
