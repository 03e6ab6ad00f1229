/**
 * The session source: the kind of Codex thread that a request belongs to, from
 * `_gateway.session_source` or the header `x-codex-session-source`.
 *
 * Reads only what the upstream headers need; the value itself is never
 * forwarded.
 */
import { isHeaderText } from "../protocol/headers.ts";
import { isObject, objectField, stringField } from "../protocol/json.ts";

/**
 * What upstream is told of a thread's origin (docs/client.md, "Sub-agents" and
 * "Client metadata").
 */
export interface SessionSource {
  /** `x-openai-subagent`. */
  readonly subagent: string | undefined;
  /** `x-codex-parent-thread-id`. */
  readonly parentThreadId: string | undefined;
  /** `thread_source` in the turn metadata. */
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

/** Reads the JSON form; undefined if it is not a known session source. */
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
