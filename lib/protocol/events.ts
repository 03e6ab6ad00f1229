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

/**
 * Beginnings of the types that carry content, which a caller must not be sent
 * a second time from another account.
 */
const CONTENT: readonly string[] = [
  // Items, text, audio: the first of a turn is `response.output_item.added`.
  "response.output_",
  "response.content_part.",
  "response.reasoning",
  "response.refusal.",
  "response.audio",
  // Tools at work, by name: `response.web_search_call.searching`.
  "response.apply_patch_call",
  "response.code_interpreter_call",
  "response.computer_call",
  "response.custom_tool_call",
  "response.file_search_call",
  "response.function_call",
  "response.image_generation_call",
  "response.local_shell_call",
  "response.mcp_",
  "response.shell_call",
  "response.web_search_call",
  "image_edit.",
  "image_generation.",
];

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

/**
 * Whether a turn that has shown this can no longer move elsewhere. What is not
 * known to carry content can be said twice: keep-alives, pings and notes of
 * tomorrow are held back like `response.created`, for as long as anything is.
 */
export function isContent(type: string): boolean {
  return CONTENT.some((prefix) => type.startsWith(prefix)) ||
    (type.startsWith("response.") && type.endsWith(".delta"));
}
