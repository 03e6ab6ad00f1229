/**
 * Reads what a prompt asks the simulated model to do.
 *
 * The last user message decides: `run: <shell command>`, `say: <text>`,
 * `count: <n>`; anything else is answered with "OK".
 */

import { isObject, type JsonObject } from "../../protocol/json.ts";

export type Task =
  | { readonly kind: "compact" }
  | { readonly kind: "run"; readonly command: string }
  | { readonly kind: "report"; readonly output: string }
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "count"; readonly to: number };

export function taskOf(items: readonly JsonObject[]): Task {
  if (items.at(-1)?.type === "compaction_trigger") return { kind: "compact" };

  const prompt = items.findLastIndex((item) =>
    item.type === "message" && item.role === "user"
  );
  const output = items.slice(prompt + 1).findLast(isToolOutput);
  if (output !== undefined) {
    return { kind: "report", output: textOf(output.output) };
  }
  // The turn's compaction has replaced the output: do not run it again.
  if (items.slice(prompt + 1).some((item) => item.type === "compaction")) {
    return { kind: "say", text: "OK" };
  }
  return parsePrompt(textOf(items[prompt]?.content));
}

function parsePrompt(text: string): Task {
  const [, verb, rest = ""] = /^(run|say|count): *(.+)$/m.exec(text) ?? [];
  switch (verb) {
    case "run":
      return { kind: "run", command: rest };
    case "count":
      return { kind: "count", to: Number.parseInt(rest, 10) || 0 };
    case "say":
      return { kind: "say", text: rest };
    default:
      return { kind: "say", text: "OK" };
  }
}

function isToolOutput(item: JsonObject): boolean {
  return item.type === "function_call_output" ||
    item.type === "custom_tool_call_output";
}

/** The text of a content list, or of plain text. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.filter(isObject).map((part) => part.text)
    .filter((text) => typeof text === "string").join("\n");
}
