/**
 * The session source: what kind of Codex thread a request speaks for, told in
 * `_gateway.session_source` or the header `x-codex-session-source`.
 *
 * Only what can be derived from it for the upstream headers; the value itself
 * is consumed here and never forwarded.
 */
import { isHeaderText } from "../protocol/headers.ts";
import { isObject, objectField, stringField } from "../protocol/json.ts";

/** What upstream is told of a session's origin. */
export interface SessionSource {
  /** `x-openai-subagent` (C10). */
  readonly subagent: string | undefined;
  /** `x-codex-parent-thread-id` (C10). */
  readonly parentThreadId: string | undefined;
  /** `thread_source` in the turn metadata (C4.4). */
  readonly threadSource: string;
}

const SUBAGENTS: ReadonlySet<string> = new Set([
  "review",
  "compact",
  "memory_consolidation",
]);

const PLAIN_SOURCES: ReadonlySet<string> = new Set([
  "cli",
  "vscode",
  "exec",
  "mcp",
  "unknown",
]);

/** Reads the JSON form of a session source; undefined if it is none. */
export function readSessionSource(value: unknown): SessionSource | undefined {
  if (typeof value === "string") {
    return PLAIN_SOURCES.has(value) ? userThread() : undefined;
  }
  if (!isObject(value)) return undefined;

  const name = stringField(value, "subagent");
  if (name !== undefined) {
    return SUBAGENTS.has(name) ? subagentThread(name, undefined) : undefined;
  }
  const detail = objectField(value, "subagent");
  const spawn = detail && objectField(detail, "thread_spawn");
  if (spawn) {
    const parent = stringField(spawn, "parent_thread_id");
    return parent === undefined || isHeaderText(parent)
      ? subagentThread("collab_spawn", parent)
      : undefined;
  }
  const other = detail && stringField(detail, "other");
  return other !== undefined && isHeaderText(other)
    ? subagentThread(other, undefined)
    : undefined;
}

function userThread(): SessionSource {
  return {
    subagent: undefined,
    parentThreadId: undefined,
    threadSource: "user",
  };
}

function subagentThread(
  subagent: string,
  parentThreadId: string | undefined,
): SessionSource {
  const threadSource = subagent === "memory_consolidation"
    ? subagent
    : "subagent";
  return { subagent, parentThreadId, threadSource };
}
