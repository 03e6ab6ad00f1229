/**
 * Who called: which dialect it speaks and which session it belongs to.
 *
 * Reads headers only; what the body says is read in `normalize.ts`.
 */

/** How a caller expects answers. */
export type Dialect = "codex" | "openai";

/** A caller is a Codex client if its `originator` says so, in any case. */
export function dialectOf(headers: Headers): Dialect {
  const originator = headers.get("originator") ?? "";
  return originator.toLowerCase().startsWith("codex") ? "codex" : "openai";
}

/**
 * The session a request belongs to, as its headers tell: the same on every
 * connection of one user session, sub-agents included (C4.5).
 */
export function sessionOf(headers: Headers): string | undefined {
  return headers.get("session-id") || headers.get("session_id") || undefined;
}
