/**
 * A caller's headers as they go upstream, and those that are added, by dialect.
 * Which may go is decided by the lists of `protocol/headers.ts`.
 *
 * Does not add credentials or the content coding, and does not sort
 * (`upstream/request.ts` does).
 */
import {
  endToEnd,
  FORWARDED_FROM_SDK,
  FORWARDED_FROM_SDK_IN_PASSTHROUGH,
  HEADER,
  type HeaderLine,
  isHeaderText,
  isNeverForwarded,
} from "../protocol/headers.ts";
import { undoable } from "../protocol/content_coding.ts";
import { editObject, memberOf, scanObject } from "../protocol/json_edit.ts";
import { HeaderLines } from "../protocol/header_lines.ts";
import type { Dialect } from "./caller.ts";
import type { Endpoint } from "./prepared.ts";
import type { SessionSource } from "./session_source.ts";

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
  const lines = new HeaderLines(
    rules.dialect === "codex"
      ? endToEnd(rules.headers, isNeverForwarded)
      : openaiHeaders(rules),
  );
  const encodings = lines.get("accept-encoding");
  if (encodings !== undefined) {
    lines.set("accept-encoding", undoable(encodings));
  }
  if (rules.normalize) normalizeHeaders(lines, rules);
  return lines.all;
}

function openaiHeaders(rules: HeaderRules): HeaderLine[] {
  const allowed = endToEnd(
    rules.headers,
    (name) =>
      isNeverForwarded(name) ||
      !FORWARDED_FROM_SDK.has(name) &&
        (rules.normalize || !FORWARDED_FROM_SDK_IN_PASSTHROUGH.has(name)),
  );
  const accept = rules.stream ? "text/event-stream" : "*/*";
  const content: HeaderLine[] = rules.endpoint === "models"
    ? []
    : [["content-type", "application/json"]];
  return [...allowed, ["accept", accept], ...content];
}

/** Adds what the official client would send and this caller left out. */
function normalizeHeaders(
  lines: HeaderLines,
  rules: HeaderRules,
): void {
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && !lines.has(name)) lines.set(name, value);
  };
  if (rules.dialect === "openai") {
    for (const [name, value] of rules.identity) lines.set(name, value);
  }
  if (!rules.endpoint.startsWith("responses")) return;

  add(HEADER.subagent, rules.source?.subagent);
  add(HEADER.parentThreadId, rules.source?.parentThreadId);
  addThreadSource(lines, rules);
  const { model } = rules;
  // The reviewer sends no routing hint (docs/client.md, "Sub-agents").
  if (model && isHeaderText(model) && !lines.has(HEADER.guardian)) {
    add(HEADER.routingHint, `model=${model}`);
  }
  if (rules.dialect === "codex") return;

  lines.delete(HEADER.sessionIdBefore);
  add(HEADER.sessionId, rules.sessionId);
  add("x-client-request-id", rules.sessionId ?? rules.newId());
}

/**
 * Names the kind of thread in the turn metadata. A Codex caller that leaves it
 * out does so on purpose, as a plain app-server client does (docs/client.md,
 * "Client metadata"), unless it gives a session source.
 */
function addThreadSource(
  lines: HeaderLines,
  rules: HeaderRules,
): void {
  if (rules.dialect === "codex" && !rules.source) return;

  const name = HEADER.turnMetadata;
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
