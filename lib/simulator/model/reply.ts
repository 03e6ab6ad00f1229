/**
 * What the simulated model answers: deterministic output items in the shapes
 * and key orders of the recorded ones, to which
 * tests/simulator/captures_test.ts compares them.
 */

import { isObject, type JsonObject } from "../../protocol/json.ts";
import { encryptedContent } from "./bound_values.ts";
import type { Task } from "./prompt.ts";

export interface OutputItem {
  /** As in `response.output_item.done`. */
  readonly item: JsonObject;
  /** Text of its `response.output_text.delta` events. */
  readonly deltas: readonly string[];
}

/** How many characters of a tool's output the final message quotes. */
const QUOTE = 200;

export function replyTo(
  task: Task,
  { body, responseId, ownerKey, serial }: {
    readonly body: JsonObject;
    readonly responseId: string;
    readonly ownerKey: string;
    readonly serial: number;
  },
): readonly OutputItem[] {
  const blob = encryptedContent(ownerKey, serial);
  switch (task.kind) {
    case "compact":
      return [whole({
        type: "compaction",
        id: `cmp_${serial}`,
        encrypted_content: blob,
      })];
    case "run": {
      const call = toolCall(task.command, { body, responseId });
      if (call === undefined) return [message(responseId, ["OK"])];
      return [whole(reasoning(responseId, blob)), whole(call)];
    }
    case "report": {
      const quote = task.output.slice(-QUOTE).trim();
      return [message(responseId, ["The command said: ", quote])];
    }
    case "count":
      return [message(responseId, numbers(task.to))];
    case "say":
      return [message(responseId, task.text.split(/(?<= )/))];
  }
}

/** An assistant message that comes in the given pieces. */
export function message(
  responseId: string,
  deltas: readonly string[],
): OutputItem {
  const content = [{
    type: "output_text",
    text: deltas.join(""),
    annotations: [],
  }];
  return {
    item: {
      id: `msg_${responseId}`,
      type: "message",
      status: "completed",
      role: "assistant",
      content,
    },
    deltas,
  };
}

/** An item that comes in one piece. */
function whole(item: JsonObject): OutputItem {
  return { item, deltas: [] };
}

function reasoning(responseId: string, blob: string): JsonObject {
  return {
    id: `rs_${responseId}`,
    type: "reasoning",
    summary: [{ type: "summary_text", text: "thinking" }],
    content: null,
    encrypted_content: blob,
  };
}

/** A call of the caller's own shell tool; undefined if it offers none. */
function toolCall(
  command: string,
  { body, responseId }: {
    readonly body: JsonObject;
    readonly responseId: string;
  },
): JsonObject | undefined {
  const status = "completed";
  const callId = `call_${responseId}`;
  if (isLite(body)) {
    return {
      id: `ctc_${responseId}`,
      type: "custom_tool_call",
      status,
      call_id: callId,
      name: "exec",
      namespace: "functions",
      input: script(command),
    };
  }
  if (!offers(body.tools, "exec_command")) return undefined;
  return {
    id: `fc_${responseId}`,
    type: "function_call",
    status,
    call_id: callId,
    name: "exec_command",
    arguments: JSON.stringify({ cmd: command }),
  };
}

/** Lite models get their tools as an input item (docs/client.md, "Bodies"). */
function isLite(body: JsonObject): boolean {
  return Array.isArray(body.input) &&
    body.input.filter(isObject).some((item) =>
      item.type === "additional_tools"
    );
}

function offers(tools: unknown, name: string): boolean {
  return Array.isArray(tools) &&
    tools.filter(isObject).some((tool) => tool.name === name);
}

/** JavaScript for the `exec` tool that runs a shell command. */
function script(command: string): string {
  const call = JSON.stringify({ cmd: command });
  return `const result = await tools.exec_command(${call});\n` +
    "text(result.output);";
}

function numbers(to: number): readonly string[] {
  return Array.from({ length: to }, (_, index) => `${index + 1} `);
}
