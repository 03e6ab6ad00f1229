/**
 * Which of a caller's headers go upstream, and which are added, by dialect.
 *
 * Does not add credentials or the content coding, and does not sort
 * (`upstream/request.ts` does).
 */
import {
  endToEnd,
  type HeaderLine,
  isHeaderText,
} from "../protocol/headers.ts";
import { undoable } from "../protocol/content_coding.ts";
import { editObject, memberOf, scanObject } from "../protocol/json_edit.ts";
import type { Dialect } from "./caller.ts";
import type { Endpoint } from "./prepared.ts";
import type { SessionSource } from "./session_source.ts";

/** Headers of the caller's login or connection, and those set per attempt. */
const NEVER_FORWARDED: ReadonlySet<string> = new Set([
  "authorization",
  "chatgpt-account-id",
  "content-encoding",
  "content-length",
  "cookie",
  "host",
  "origin",
  "x-codex-session-source",
  // These belong to the caller's login; ours come from the account
  // (docs/client.md, "Account routes").
  "x-openai-account-routing-override",
  "x-openai-fedramp",
]);

/** Headers that an SDK caller may set: session, turn and trace. */
const OPENAI_ALLOWED: ReadonlySet<string> = new Set([
  "session-id",
  "session_id",
  "thread-id",
  "traceparent",
  "tracestate",
  "x-client-request-id",
  "x-codex-beta-features",
  "x-codex-parent-thread-id",
  "x-codex-turn-metadata",
  "x-codex-turn-state",
  "x-codex-window-id",
  "x-openai-subagent",
  "x-responsesapi-include-timing-metrics",
]);

/** In passthrough an SDK caller also keeps its own identity. */
const OPENAI_IDENTITY: ReadonlySet<string> = new Set([
  "accept-encoding",
  "originator",
  "user-agent",
  "x-openai-internal-codex-residency",
]);

export function neverForwarded(name: string): boolean {
  return NEVER_FORWARDED.has(name) || name.startsWith("sec-");
}

export interface HeaderRules {
  readonly headers: Headers;
  readonly dialect: Dialect;
  readonly normalize: boolean;
  readonly endpoint: Endpoint;
  readonly stream: boolean;
  readonly model: string | undefined;
  readonly sessionId: string | undefined;
  readonly source: SessionSource | undefined;
  /** `originator`, `user-agent` and `version` of the client to appear as. */
  readonly identity: readonly HeaderLine[];
  readonly newId: () => string;
}

/** The header lines that every attempt sends, before credentials. */
export function prepareHeaders(rules: HeaderRules): readonly HeaderLine[] {
  const lines = new Map(
    rules.dialect === "codex"
      ? endToEnd(rules.headers, neverForwarded)
      : openaiHeaders(rules),
  );
  const encodings = lines.get("accept-encoding");
  if (encodings !== undefined) {
    lines.set("accept-encoding", undoable(encodings));
  }
  if (rules.normalize) normalizeHeaders(lines, rules);
  return [...lines];
}

function openaiHeaders(rules: HeaderRules): HeaderLine[] {
  const allowed = endToEnd(
    rules.headers,
    (name) =>
      !OPENAI_ALLOWED.has(name) &&
      (rules.normalize || !OPENAI_IDENTITY.has(name)),
  );
  const accept = rules.stream ? "text/event-stream" : "*/*";
  const content: HeaderLine[] = rules.endpoint === "models"
    ? []
    : [["content-type", "application/json"]];
  return [...allowed, ["accept", accept], ...content];
}

/** Adds what the official client would send and this caller left out. */
function normalizeHeaders(
  lines: Map<string, string>,
  rules: HeaderRules,
): void {
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && !lines.has(name)) lines.set(name, value);
  };
  if (rules.dialect === "openai") {
    for (const [name, value] of rules.identity) lines.set(name, value);
  }
  if (!rules.endpoint.startsWith("responses")) return;

  add("x-openai-subagent", rules.source?.subagent);
  add("x-codex-parent-thread-id", rules.source?.parentThreadId);
  addThreadSource(lines, rules);
  const { model } = rules;
  // The reviewer sends no routing hint (docs/client.md, "Sub-agents").
  if (model && isHeaderText(model) && !lines.has("x-codex-guardian")) {
    add("x-codex-routing-hint", `model=${model}`);
  }
  if (rules.dialect === "codex") return;

  lines.delete("session_id");
  add("session-id", rules.sessionId);
  add("x-client-request-id", rules.sessionId ?? rules.newId());
}

/**
 * Names the kind of thread in the turn metadata. A Codex caller that leaves it
 * out does so on purpose, as a plain app-server client does (docs/client.md,
 * "Client metadata"), unless it gives a session source.
 */
function addThreadSource(
  lines: Map<string, string>,
  rules: HeaderRules,
): void {
  if (rules.dialect === "codex" && !rules.source) return;

  const name = "x-codex-turn-metadata";
  const key = "thread_source";
  const bytes = new TextEncoder().encode(lines.get(name) ?? "{}");
  const metadata = scanObject(bytes);
  if (!metadata.ok || memberOf(metadata.value, key)) return;

  // Edited, not reprinted: its escapes keep it valid in a header.
  const threadSource = rules.source?.threadSource ?? "user";
  const edits = new Map([[key, JSON.stringify(threadSource)]]);
  const edited = editObject(bytes, metadata.value, edits);
  lines.set(name, new TextDecoder().decode(edited));
}
