/**
 * Whether an answer has the shape that a document shows: the same keys with
 * values of the same kind. Values themselves are examples.
 */
import { isObject, type JsonObject } from "../../lib/protocol/json.ts";

/** One line per difference; `at` is where both stand. */
export function shapeDifferences(
  shown: unknown,
  real: unknown,
  at = "$",
): readonly string[] {
  if (shown === null || real === null) return [];
  if (Array.isArray(shown) && Array.isArray(real)) {
    const [first] = shown;
    if (first === undefined) return [];
    return real.length === 0
      ? [`${at} is empty`]
      : shapeDifferences(first, real[0], `${at}[]`);
  }
  if (isObject(shown) && isObject(real)) return ofObjects(shown, real, at);
  const [one, other] = [kindOf(shown), kindOf(real)];
  return one === other ? [] : [`${at} is shown as ${one}, and is ${other}`];
}

function ofObjects(
  shown: JsonObject,
  real: JsonObject,
  at: string,
): readonly string[] {
  const missing = Object.keys(shown).filter((key) => !Object.hasOwn(real, key));
  // All of an account is shown once, elsewhere.
  const more = isAccount(real) && !("persist_pending" in shown)
    ? []
    : Object.keys(real).filter((key) => !Object.hasOwn(shown, key));
  return [
    ...missing.map((key) => `${at}.${key} is shown, and is not there`),
    ...more.map((key) => `${at}.${key} is there, and is not shown`),
    ...Object.keys(shown).filter((key) => Object.hasOwn(real, key)).flatMap(
      (key) => shapeDifferences(shown[key], real[key], `${at}.${key}`),
    ),
  ];
}

function isAccount(value: JsonObject): boolean {
  return Object.hasOwn(value, "persist_pending");
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}
