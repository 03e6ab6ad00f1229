/** Answers of the gateway's own that are JSON. */
import { harmlessJson } from "../protocol/quote.ts";

/** Escapes control characters: the body may show foreign text in a terminal. */
export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(harmlessJson(JSON.stringify(body)), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}
