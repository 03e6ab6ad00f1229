/**
 * Reads what a prompt asks the simulated model to do.
 *
 * The last user message decides, by lines that begin with a verb:
 *
 * - `say: TEXT` and `json: {…}` are answered with that text,
 * - `refuse: TEXT` with a refusal of that text,
 * - `think: TEXT` with a summary of reasoning before the answer,
 * - `count: N` with the numbers up to N,
 * - `run: COMMAND` with a call of the caller's shell tool,
 * - `call: NAME {…}` with a call of that tool of the caller's; several lines are
 *   parallel calls. `NAME*` is the first tool whose name begins so.
 *
 * Anything else is answered with "Hello there!", or with a call of the first
 * function if `tool_choice` requires one. Outputs of tools are quoted.
 */

import { isObject, type JsonObject } from "../../protocol/json.ts";

/** A tool that the caller is to run, and the text for it. */
export interface AskedCall {
  readonly name: string;
  readonly text: string;
}

export type Task =
  | { readonly kind: "compact" }
  | { readonly kind: "run"; readonly command: string }
  | { readonly kind: "call"; readonly calls: readonly AskedCall[] }
  | { readonly kind: "report"; readonly output: string }
  | { readonly kind: "say"; readonly text: string; readonly thought?: string }
  | { readonly kind: "refuse"; readonly text: string }
  | { readonly kind: "count"; readonly to: number };

/** The answer to a prompt that asks for nothing else. */
export const GREETING = "Hello there!";

/** Whether the prompt leaves it to the model what it answers. */
export function asksForNothing(task: Task): boolean {
  return task.kind === "say" && task.text === GREETING &&
    task.thought === undefined;
}

const VERB = /^(run|say|json|refuse|count|call): *(.+)$/m;

export function taskOf(items: readonly JsonObject[]): Task {
  if (items.at(-1)?.type === "compaction_trigger") return { kind: "compact" };

  const prompt = items.findLastIndex(isUserMessage);
  const since = items.slice(prompt + 1);
  const outputs = since.filter(isToolOutput).map(({ output }) =>
    textOf(output)
  );
  if (outputs.length > 0) return { kind: "report", output: outputs.join(", ") };
  // The turn's compaction has replaced the output: do not run it again.
  if (since.some((item) => item.type === "compaction")) {
    return { kind: "say", text: GREETING };
  }
  return parsePrompt(textOf(items[prompt]?.content));
}

function parsePrompt(text: string): Task {
  const [, verb, rest = ""] = VERB.exec(text) ?? [];
  switch (verb) {
    case "run":
      return { kind: "run", command: rest };
    case "call":
      return { kind: "call", calls: callsIn(text) };
    case "count":
      return { kind: "count", to: Number.parseInt(rest, 10) || 0 };
    case "refuse":
      return { kind: "refuse", text: rest };
    default: {
      const [, thought] = /^think: *(.+)$/m.exec(text) ?? [];
      const said = verb === undefined ? GREETING : rest;
      return thought === undefined
        ? { kind: "say", text: said }
        : { kind: "say", text: said, thought };
    }
  }
}

function callsIn(text: string): readonly AskedCall[] {
  return [...text.matchAll(/^call: *(\S+) *(.*)$/gm)]
    .map(([, name = "", rest = ""]) => ({ name, text: rest || "{}" }));
}

/** SDKs leave the type of a message out. */
function isUserMessage({ type, role }: JsonObject): boolean {
  return (type === "message" || type === undefined) && role === "user";
}

function isToolOutput(item: JsonObject): boolean {
  return item.type === "function_call_output" ||
    item.type === "custom_tool_call_output";
}

/** The text of a content list, or of plain text. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.filter(isObject).map((part) => part.text)
    .filter((text) => typeof text === "string").join("\n");
}
