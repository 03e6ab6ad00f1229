/** Bodies and header lines of callers, around a prompt. */
import type { CallerKind } from "./plan.ts";

export type Lines = readonly (readonly [name: string, value: string])[];

export function bodyOf(prompt: string): Readonly<Record<string, unknown>> {
  const content = [{ type: "input_text", text: prompt }];
  return {
    model: "gpt-6.1-sol",
    stream: true,
    input: [{ type: "message", role: "user", content }],
    store: false,
    parallel_tool_calls: true,
  };
}

export function linesOf(kind: CallerKind, session: string): Lines {
  const common: Lines = [
    ["content-type", "application/json"],
    ["session-id", session],
  ];
  if (kind === "sdk") return [["accept", "text/event-stream"], ...common];
  return [
    ["accept", kind === "whole" ? "*/*" : "text/event-stream"],
    ["originator", "codex_exec"],
    [
      "user-agent",
      "codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.169.0)",
    ],
    ["version", "0.169.0"],
    ...common,
  ];
}
