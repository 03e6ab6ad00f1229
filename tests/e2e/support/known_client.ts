/**
 * What is known of the official client's requests: routes, header lines, keys
 * and frames, as measured with 0.169.0 and 0.171.0. A version that sends more
 * is told of by name, so that nobody has to find out from what fails then.
 */
import {
  HANDSHAKE_ORDER,
  STREAM_ORDER,
  UNARY_ORDER,
} from "../../../lib/protocol/headers.ts";
import {
  isObject,
  type JsonObject,
  objectField,
  parseObject,
  stringField,
} from "../../../lib/protocol/json.ts";
import { decodeZstd } from "../../../lib/protocol/zstd/zstd.ts";
import { CLIENT_KEYS } from "../../../lib/simulator/responses/checks.ts";
import { type TappedRequest } from "./tap.ts";

const HERE = "tests/e2e/support/known_client.ts";
const ORDERS = "lib/protocol/headers.ts";
const TURN_KEYS = "CLIENT_KEYS in lib/simulator/responses/checks.ts";

interface Route {
  readonly headers: readonly string[];
  /** The table that a new header belongs into. */
  readonly table: string;
  /** Top-level keys of the body; undefined where there is none. */
  readonly keys?: readonly string[];
}

const FRAME_KEYS = [...CLIENT_KEYS, "type", "previous_response_id", "generate"];

const WIRE = ["host", "content-length"];
const stream = { headers: STREAM_ORDER, table: `STREAM_ORDER in ${ORDERS}` };
const unary = { headers: UNARY_ORDER, table: `UNARY_ORDER in ${ORDERS}` };

/** By method and path below the base URL; queries may vary. */
const ROUTES: Readonly<Record<string, Route>> = {
  "POST responses": { ...stream, keys: CLIENT_KEYS },
  "GET responses": {
    headers: [
      ...HANDSHAKE_ORDER,
      "connection",
      "upgrade",
      "sec-websocket-version",
      "sec-websocket-key",
      "sec-websocket-extensions",
    ],
    table: `HANDSHAKE_ORDER in ${ORDERS}`,
  },
  "HEAD responses": unary,
  "GET models": unary,
  "POST alpha/search": {
    ...unary,
    keys: ["id", "model", "input", "commands", "settings", "max_output_tokens"],
  },
  "POST images/generations": {
    ...unary,
    keys: ["prompt", "background", "model", "quality", "size"],
  },
};

/** Of a client's text messages. */
const FRAMES = ["response.create"];

/** Objects inside a turn, by where they stand in it. */
const OBJECTS: Readonly<Record<string, readonly string[]>> = {
  "reasoning": ["effort", "summary", "context"],
  "text": ["verbosity", "format"],
  "client_metadata": [
    "session_id",
    "thread_id",
    "turn_id",
    "root_turn_id",
    "parent_turn_id",
    "parent_response_id",
    "x-codex-window-id",
    "x-codex-installation-id",
    "x-codex-turn-metadata",
    "x-codex-turn-state",
    "x-codex-ws-stream-request-start-ms",
    "x-codex-parent-thread-id",
    "x-openai-subagent",
    "ws_request_header_x_openai_internal_codex_responses_lite",
    "mcp_attribution",
    "guardian_credits_requested",
  ],
  "x-codex-turn-metadata": [
    "installation_id",
    "session_id",
    "thread_id",
    "agent_name",
    "turn_id",
    "window_id",
    "window_number",
    "context_window_id",
    "request_kind",
    "history_initialization",
    "parent_thread_id",
    "parent_turn_id",
    "root_turn_id",
    "subagent_kind",
    "thread_source",
    "turn_trigger",
    "sandbox",
    "sandbox_mode",
    "auto_review_enabled",
    "node_repl_auto_review_required",
    "node_repl_disabled",
    "turn_started_at_unix_ms",
    "analytics_enabled",
    "compaction",
    "model",
    "reasoning_effort",
  ],
};

const METADATA = "internal_chat_message_metadata_passthrough";

/** By type, besides `type` and `id`. */
const ITEMS: Readonly<Record<string, readonly string[]>> = {
  additional_tools: ["role", "tools"],
  agent_message: ["author", "recipient", "content"],
  compaction: ["encrypted_content"],
  compaction_trigger: [],
  configuration_update: ["reasoning"],
  custom_tool_call: ["status", "call_id", "name", "namespace", "input"],
  custom_tool_call_output: ["call_id", "output"],
  function_call: ["status", "call_id", "name", "namespace", "arguments"],
  function_call_output: ["call_id", "output"],
  message: ["status", "role", "content"],
  reasoning: ["summary", "content", "encrypted_content", "status"],
};

/** What a client sent through a tap. */
export interface Sent {
  /** As it names itself. */
  readonly version: string;
  /** Base URL it was given. */
  readonly base: string;
  readonly requests: readonly TappedRequest[];
  /** Text messages over websockets. */
  readonly frames: readonly string[];
}

/** One sentence for each thing that no table knows; empty if all is known. */
export function strangersIn(sent: Sent): readonly string[] {
  const prefix = `${new URL(sent.base).pathname.replace(/\/$/, "")}/`;
  const found = [
    ...sent.requests.flatMap((request) => inRequest(request, prefix)),
    ...sent.frames.flatMap(inFrame),
  ];
  const told = found.map(({ what, on, table }) =>
    `codex ${sent.version} sends ${what}${on}, which no table knows: ` +
    `add it to ${table}`
  );
  return [...new Set(told)];
}

/** Throws with all of them, if there are any. */
export function assertKnown(sent: Sent): void {
  const strangers = strangersIn(sent);
  if (strangers.length > 0) throw new Error(strangers.join("\n"));
}

interface Stranger {
  readonly what: string;
  readonly on: string;
  readonly table: string;
}

function inRequest(
  { method, target, headers, body }: TappedRequest,
  prefix: string,
): readonly Stranger[] {
  const [path = ""] = target.split("?", 1);
  const name = `${method} ${
    path.startsWith(prefix) ? path.slice(prefix.length) : path
  }`;
  const route = ROUTES[name];
  if (!route) {
    const table = `${HERE} and docs/api.md`;
    return [{ what: `the request ${name}`, on: "", table }];
  }
  const on = ` on ${name}`;
  const names = headers.map(([name]) => name.toLowerCase());
  const strange = without(names, [...route.headers, ...WIRE]);
  const metadata = headers.find(([name]) => name === "x-codex-turn-metadata");
  return [
    ...strange.map((name) => ({
      what: `the header ${name}`,
      on,
      table: route.table,
    })),
    // A search or an image has other metadata, which nobody changes.
    ...name === "POST responses" || name === "GET responses"
      ? inObject("x-codex-turn-metadata", parseObject(metadata?.[1] ?? ""), on)
      : [],
    ...route.keys ? inBody(decoded(headers, body), route.keys, on) : [],
  ];
}

function inFrame(text: string): readonly Stranger[] {
  const frame = parseObject(text) ?? {};
  const type = stringField(frame, "type") ?? "";
  if (!FRAMES.includes(type)) {
    return [{ what: `the event ${type}`, on: " on a websocket", table: HERE }];
  }
  return inBody(frame, FRAME_KEYS, ` in ${type}`);
}

function inBody(
  body: JsonObject | undefined,
  keys: readonly string[],
  on: string,
): readonly Stranger[] {
  if (!body) return [{ what: "a body that is no JSON", on, table: HERE }];
  const table = `${TURN_KEYS}, or to its route in ${HERE}`;
  const metadata = objectField(body, "client_metadata");
  const turn = stringField(metadata ?? {}, "x-codex-turn-metadata");
  const items = Array.isArray(body["input"]) ? body["input"] : [];
  return [
    ...without(Object.keys(body), keys).map((key) => ({
      what: `the key ${key}`,
      on,
      table,
    })),
    ...inObject("reasoning", objectField(body, "reasoning"), on),
    ...inObject("text", objectField(body, "text"), on),
    ...inObject("client_metadata", metadata, on),
    ...inObject("x-codex-turn-metadata", parseObject(turn ?? ""), on),
    ...items.filter(isObject).flatMap((item) => inItem(item, on)),
  ];
}

function inObject(
  name: string,
  object: JsonObject | undefined,
  on: string,
): readonly Stranger[] {
  return without(Object.keys(object ?? {}), OBJECTS[name] ?? []).map((key) => ({
    what: `the key ${name}.${key}`,
    on,
    table: HERE,
  }));
}

function inItem(item: JsonObject, on: string): readonly Stranger[] {
  const type = stringField(item, "type") ?? "";
  const keys = ITEMS[type];
  if (!keys) return [{ what: `the input item ${type}`, on, table: HERE }];
  return without(Object.keys(item), ["type", "id", METADATA, ...keys]).map(
    (key) => ({ what: `the key ${type}.${key}`, on, table: HERE }),
  );
}

function without(
  names: readonly string[],
  known: readonly string[],
): readonly string[] {
  return names.filter((name) => !known.includes(name));
}

function decoded(
  headers: TappedRequest["headers"],
  body: Uint8Array<ArrayBuffer>,
): JsonObject | undefined {
  const coding = headers.find(([name]) => name === "content-encoding")?.[1];
  const bytes = coding === "zstd" ? decodeZstd(body, 1 << 24) : undefined;
  if (bytes && !bytes.ok) return undefined;
  return parseObject(new TextDecoder().decode(bytes?.value ?? body));
}
