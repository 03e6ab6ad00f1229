/**
 * Names of the events in a turn, and what each means for the relay.
 *
 * Names only; their contents are judged in `failure/classify.ts`.
 */

/** Events that end a turn (C6; `response.done` as older servers sent it). */
const TERMINAL: ReadonlySet<string> = new Set([
  "response.completed",
  "response.done",
  "response.incomplete",
  "response.failed",
  "error",
]);

/** Events that carry nothing a caller could not be sent a second time. */
const PREAMBLE: ReadonlySet<string> = new Set([
  "response.created",
  "response.queued",
  "response.in_progress",
  // A turn state, good for the account that issues it and for no other (C7).
  "response.metadata",
]);

export function isTerminal(type: string): boolean {
  return TERMINAL.has(type);
}

/**
 * Whether the turn gave an answer, as far as the name tells: one that was cut
 * short may name a limit of the account.
 */
export function isSuccess(type: string): boolean {
  return type === "response.completed" || type === "response.done" ||
    type === "response.incomplete";
}

/** Whether a turn that has shown only this may still move elsewhere. */
export function isPreamble(type: string): boolean {
  return PREAMBLE.has(type) || type.startsWith("codex.");
}
