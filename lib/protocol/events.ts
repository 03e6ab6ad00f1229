/**
 * Names of the events in a turn, and what each means for the relay.
 *
 * Does not read their contents (`failure/classify.ts` does).
 */

/**
 * Events that end a turn (docs/client.md, "Turns over a websocket"; older
 * servers sent `response.done`).
 */
const TERMINAL: ReadonlySet<string> = new Set([
  "response.completed",
  "response.done",
  "response.incomplete",
  "response.failed",
  "error",
]);

/**
 * Prefixes of the types that carry content, which a caller must not get a
 * second time from another account.
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
 * Whether the name means that the turn gave an answer. The contents of
 * `response.incomplete` may still name a limit of the account.
 */
export function isSuccess(type: string): boolean {
  return type === "response.completed" || type === "response.done" ||
    type === "response.incomplete";
}

/**
 * Whether this event commits a turn. Types that are not known to carry content,
 * such as keep-alives and future ones, are harmless to send twice, so the
 * window holds them back like `response.created`.
 */
export function isContent(type: string): boolean {
  return CONTENT.some((prefix) => type.startsWith(prefix)) ||
    (type.startsWith("response.") && type.endsWith(".delta"));
}
