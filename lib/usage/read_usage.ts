/**
 * The tokens of a turn, from the `usage` of the event that ends it, or of a
 * whole answer.
 *
 * Does not parse the text: it holds the whole answer, which is long, and of
 * `usage` there is little. A quote inside a JSON string is escaped, so
 * `"usage"` can only be the name of a member, or a whole string.
 */
import { MAX_USAGE_CHARS, MAX_USAGE_TEXT_CHARS } from "../limits.ts";
import {
  type JsonObject,
  numberField,
  objectField,
  parseObject,
} from "../protocol/json.ts";
import { skipValue } from "../protocol/json_skip.ts";
import type { Usage } from "./figures.ts";

const NAME = '"usage"';
const BACKSLASH = "\\";
const COLON = /\s*:\s*(?=\{)/y;

/** A tool may have parameters of that name; they come before the figures. */
const MAX_TRIES = 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Undefined if it has none, or none that makes sense. Never throws. */
export function readUsage(text: string): Usage | undefined {
  const told = text.slice(-MAX_USAGE_TEXT_CHARS);
  let at = told.length;
  for (let tries = 0; tries < MAX_TRIES && at > 0; tries++) {
    // Upstream writes it behind the answer, so it is looked for from the end.
    at = told.lastIndexOf(NAME, at - 1);
    if (at === -1) return undefined;
    if (told[at - 1] === BACKSLASH) continue;
    const usage = usageAt(told, at + NAME.length);
    if (usage !== undefined) return usage;
  }
  return undefined;
}

/** The same for a whole answer. */
export function readWholeUsage(body: Uint8Array): Usage | undefined {
  return readUsage(decoder.decode(body.subarray(-MAX_USAGE_TEXT_CHARS)));
}

function usageAt(text: string, from: number): Usage | undefined {
  COLON.lastIndex = from;
  const colon = COLON.exec(text)?.[0];
  if (colon === undefined) return undefined;
  const start = from + colon.length;
  const bytes = encoder.encode(text.slice(start, start + MAX_USAGE_CHARS));
  const end = skipValue(bytes, 0);
  if (end < 0) return undefined;
  const object = parseObject(decoder.decode(bytes.subarray(0, end)));
  return object && usageIn(object);
}

function usageIn(object: JsonObject): Usage | undefined {
  const input = tokens(object, "input_tokens");
  const output = tokens(object, "output_tokens");
  if (input === undefined || output === undefined) return undefined;
  const detail = (of: string, key: string) =>
    tokens(objectField(object, of) ?? {}, key) ?? 0;
  const cached = detail("input_tokens_details", "cached_tokens");
  const reasoning = detail("output_tokens_details", "reasoning_tokens");
  return {
    input,
    cached: Math.min(cached, input),
    output,
    reasoning: Math.min(reasoning, output),
  };
}

/** More than any turn can have: sums of such numbers stay exact. */
const MAX_TOKENS = 1e9;

function tokens(object: JsonObject, key: string): number | undefined {
  const value = numberField(object, key);
  const isCount = value !== undefined && Number.isInteger(value) &&
    value >= 0 && value <= MAX_TOKENS;
  return isCount ? value : undefined;
}
