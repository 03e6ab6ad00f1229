/** A chat answer as its caller sees it, from its chunks or in one piece. */
import { assert } from "@std/assert";
import { chunksIn, type wholeOf } from "./answers.ts";

/** What both forms of an answer have to agree on. */
export interface Seen {
  readonly content: string;
  readonly refusal: string;
  readonly reasoning: string;
  /** Members by path, such as `function.name`. */
  readonly calls: ReadonlyArray<Readonly<Record<string, string>>>;
  readonly reason: string | null;
}

/** Every SDK puts chunks together in about this way. */
export function putTogether(stream: string, olderCalls: boolean): Seen {
  const text = { content: "", refusal: "", reasoning_content: "" };
  const calls: Record<string, string>[] = [];
  let reason: string | null = null;
  for (const { choices: [choice] } of chunksIn(stream)) {
    if (!choice) continue;
    reason = choice.finish_reason ?? reason;
    const { delta } = choice;
    for (const key of ["content", "refusal", "reasoning_content"] as const) {
      text[key] += delta[key] ?? "";
    }
    for (const { index, ...more } of callsIn(delta, olderCalls)) {
      const known = calls[index] ??= {};
      for (const [key, value] of flat(more)) {
        known[key] = (known[key] ?? "") + value;
      }
    }
  }
  const { reasoning_content: reasoning, ...rest } = text;
  return { ...rest, reasoning, calls, reason };
}

export function wholeParts(
  { choices: [choice] }: ReturnType<typeof wholeOf>,
  olderCalls: boolean,
): Seen {
  assert(choice);
  const { message, finish_reason: reason } = choice;
  const text = (key: string) => String(message[key] ?? "");
  return {
    content: text("content"),
    refusal: text("refusal"),
    reasoning: text("reasoning_content"),
    calls: callsIn(message, olderCalls).map(({ index: _, ...call }) =>
      Object.fromEntries(flat(call))
    ),
    reason,
  };
}

interface Call {
  readonly index: number;
}

function callsIn(
  { tool_calls, function_call }: {
    readonly tool_calls?: unknown;
    readonly function_call?: unknown;
  },
  olderCalls: boolean,
): readonly Call[] {
  if (!olderCalls) return (tool_calls ?? []) as Call[];
  return function_call ? [{ index: 0, function: function_call } as Call] : [];
}

/** Members and members of members, by path. */
function flat(value: object, path = ""): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "object"
      ? flat(inner, `${path}${key}.`)
      : [[`${path}${key}`, String(inner)] as [string, string]]
  );
}
