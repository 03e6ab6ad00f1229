/**
 * Reads the parameters of requests to the auth server: query, form or JSON.
 */

import { type JsonObject, parseObject } from "../../protocol/json.ts";
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

/** Empty if the body is not a JSON object. */
export function jsonOf(exchange: Exchange): JsonObject {
  return parseObject(textOf(exchange)) ?? {};
}

/**
 * A parameter of a query or form; undefined if it is absent, empty, or there
 * more than once (RFC 6749, section 3.1).
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
