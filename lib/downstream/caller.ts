/**
 * The caller's dialect and session, from its headers. The body is read in
 * `normalize.ts`.
 */
import { HEADER } from "../protocol/headers.ts";

/** How a caller expects answers. */
export type Dialect = "codex" | "openai";

/** A caller is a Codex client if its `originator` says so, in any case. */
export function dialectOf(headers: Headers): Dialect {
  const originator = headers.get("originator") ?? "";
  return originator.toLowerCase().startsWith("codex") ? "codex" : "openai";
}

/**
 * The session that the headers name: the same on every connection of one user
 * session, sub-agents included (docs/client.md, "Client metadata").
 */
export function sessionOf(headers: Headers): string | undefined {
  return headers.get(HEADER.sessionId) ||
    headers.get(HEADER.sessionIdBefore) || undefined;
}
