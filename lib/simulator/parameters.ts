/**
 * What requests to the auth server carry: a query, a form, or JSON.
 */

import { type JsonObject, parseObject } from "../protocol/json.ts";
import type { Exchange } from "./exchange.ts";

export function queryOf({ recording }: Exchange): URLSearchParams {
  const { target } = recording;
  const start = target.indexOf("?");
  return new URLSearchParams(start < 0 ? "" : target.slice(start));
}

export function isForm({ recording }: Exchange): boolean {
  const [type = ""] = (recording.header("content-type") ?? "").split(";", 1);
  return type.trim().toLowerCase() === "application/x-www-form-urlencoded";
}

export function formOf(exchange: Exchange): URLSearchParams {
  return new URLSearchParams(textOf(exchange));
}

/** Empty when it is no JSON object. */
export function jsonOf(exchange: Exchange): JsonObject {
  return parseObject(textOf(exchange)) ?? {};
}

/**
 * A parameter of a query or form. An empty one counts as absent, and one that
 * comes twice is as wrong (RFC 6749, section 3.1).
 */
export function parameter(
  parameters: URLSearchParams,
  name: string,
): string | undefined {
  const [value, ...more] = parameters.getAll(name);
  return more.length > 0 || value === "" ? undefined : value;
}

function textOf({ recording }: Exchange): string {
  return new TextDecoder().decode(recording.body);
}
