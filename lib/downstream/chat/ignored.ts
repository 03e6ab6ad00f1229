/**
 * The members of a chat request that have no effect: what upstream would
 * refuse, and what is not known.
 *
 * A member that asks for nothing, or for what the caller gets anyway, is not
 * among them.
 */
import { isObject, type JsonObject, objectField } from "../../protocol/json.ts";

/** In the order of the body; names only. */
export function ignoredMembers(body: JsonObject): readonly string[] {
  return Object.entries(body)
    .filter(([name, value]) => isIgnored(name, value, body))
    .map(([name]) => name);
}

/** Members that reach upstream, or that the answer follows. */
const FOLLOWED: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "stream",
  "tools",
  "functions",
  "parallel_tool_calls",
  "response_format",
  "reasoning_effort",
  "verbosity",
  "web_search_options",
  "modalities",
  "service_tier",
  "prompt_cache_key",
  "_gateway",
]);

/** What asks for nothing else than the one answer that there is. */
const ASKS_FOR_NOTHING: Readonly<Record<string, unknown>> = {
  n: 1,
  store: false,
  logprobs: false,
  top_logprobs: 0,
};

/** Members of members that are read. */
const PARTLY: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["stream_options", new Set(["include_usage"])],
  ["reasoning", new Set(["effort", "summary"])],
  ["text", new Set(["verbosity"])],
]);

function isIgnored(name: string, value: unknown, body: JsonObject): boolean {
  if (value === null || FOLLOWED.has(name)) return false;
  if (name === "tool_choice" || name === "function_call") {
    return !hasTools(body) && value !== "auto" && value !== "none";
  }
  if (name === "reasoning" && !hasEffort(body)) return true;
  const read = PARTLY.get(name);
  if (read && isObject(value)) {
    return Object.keys(value).some((inner) => !read.has(inner));
  }
  return !Object.hasOwn(ASKS_FOR_NOTHING, name) ||
    ASKS_FOR_NOTHING[name] !== value;
}

function hasTools(body: JsonObject): boolean {
  return [body["tools"], body["functions"]].some((list) =>
    Array.isArray(list) && list.length > 0
  ) || isObject(body["web_search_options"]);
}

function hasEffort(body: JsonObject): boolean {
  const inner = objectField(body, "reasoning")?.["effort"];
  return (body["reasoning_effort"] ?? inner ?? undefined) !== undefined;
}
