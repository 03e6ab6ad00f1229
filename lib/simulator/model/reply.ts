/**
 * What the simulated model answers to a task: deterministic output items.
 */

import type { JsonObject } from "../../protocol/json.ts";
import { encryptedContent } from "./bound_values.ts";
import {
  compaction,
  message,
  type OutputItem,
  reasoning,
  refusal,
  words,
} from "./output_item.ts";
import type { AnswerOptions } from "./answer_options.ts";
import { asksForNothing, GREETING, type Task } from "./prompt.ts";
import { askedCalls, requiredCall, shellCall } from "./tools.ts";

/** How many characters of the tools' output the final message quotes. */
const QUOTE = 200;

export function replyTo(
  task: Task,
  { body, responseId, ownerKey, serial, toolChoice }: {
    readonly body: JsonObject;
    readonly responseId: string;
    readonly ownerKey: string;
    readonly serial: number;
    readonly toolChoice: AnswerOptions["toolChoice"];
  },
): readonly OutputItem[] {
  const blob = encryptedContent(ownerKey, serial);
  const say = (text: string) => message(responseId, words(text));
  const required = toolChoice === "held" && asksForNothing(task)
    ? requiredCall({ body, responseId })
    : undefined;
  if (required) return [required];
  switch (task.kind) {
    case "compact":
      return [compaction(serial, blob)];
    case "run": {
      const call = shellCall(task.command, { body, responseId });
      if (call === undefined) return [say(GREETING)];
      return [reasoning(responseId, { summary: "thinking", blob }), call];
    }
    case "call": {
      const calls = askedCalls(task.calls, { body, responseId });
      return typeof calls === "string" ? [say(calls)] : calls;
    }
    case "report": {
      const quote = task.output.slice(-QUOTE).trim();
      return [message(responseId, ["Tool said: ", quote])];
    }
    case "count":
      return [message(responseId, numbers(task.to))];
    case "refuse":
      return [refusal(responseId, task.text)];
    case "say": {
      const { thought: summary, text } = task;
      if (summary === undefined) return [say(text)];
      return [reasoning(responseId, { summary, blob }), say(text)];
    }
  }
}

function numbers(to: number): readonly string[] {
  return Array.from({ length: to }, (_, index) => `${index + 1} `);
}
