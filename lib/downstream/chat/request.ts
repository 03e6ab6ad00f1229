/**
 * From a chat request to the request of a turn, and to what the answer has to
 * follow. Pure.
 *
 * The result goes through the same rules as a body for `/v1/responses`
 * (`normalize.ts`), so nothing is set here that they set.
 */
import {
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import { MAX_VALUES } from "../../limits.ts";
import { editObject, scanObject } from "../../protocol/json_edit.ts";
import { hasMoreValues } from "../../protocol/json_skip.ts";
import { err, ok } from "../../result.ts";
import { badRequest } from "../failure.ts";
import { parseExactly } from "./exact_json.ts";
import { ignoredMembers } from "./ignored.ts";
import { readMessages } from "./messages.ts";
import {
  invalidType,
  missing,
  type Read,
  unsupported,
  unsupportedValue,
} from "./refusal.ts";
import { readText } from "./response_format.ts";
import { readToolChoice } from "./tool_choice.ts";
import { readTools } from "./tools.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What the answer to a chat request has to follow. */
export interface ChatForm {
  /** As the caller wrote it. */
  readonly model: string;
  readonly stream: boolean;
  /** A stream ends with a chunk about its usage. */
  readonly includeUsage: boolean;
  /** The caller knows calls only in their old form, `function_call`. */
  readonly olderCalls: boolean;
  /** Tools by the names that upstream knows, with the caller's. */
  readonly toolNames: ReadonlyMap<string, string>;
}

export interface ChatRequest {
  /** JSON text of a request to `/v1/responses`. */
  readonly body: Bytes;
  readonly form: ChatForm;
  /** The names of all members of the caller's body, in its order. */
  readonly members: readonly string[];
  /** Those that have no effect. */
  readonly ignored: readonly string[];
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** `bytes`: the caller's body, decoded. */
export function readChatRequest(bytes: Bytes): Read<ChatRequest> {
  const body = hasMoreValues(bytes, MAX_VALUES)
    ? undefined
    : parseExactly(decoder.decode(bytes));
  if (!body) return err(badRequest(whyNoObject(bytes)));
  const stream = readStream(body);
  if (!stream.ok) return stream;
  const form: FormOfTurn = {
    stream: stream.value,
    includeUsage:
      objectField(body, "stream_options")?.["include_usage"] === true,
  };
  // A body of the other API on the wrong path: only its answer is translated.
  return hasInputOnly(body)
    ? asItIs(bytes, body, form)
    : translated(body, form);
}

type FormOfTurn = Pick<ChatForm, "stream" | "includeUsage">;

function whyNoObject(bytes: Bytes): string {
  const scan = scanObject(bytes);
  const why = !scan.ok
    ? scan.error.message
    : hasMoreValues(bytes, MAX_VALUES)
    ? `it has more than ${MAX_VALUES} values`
    : "a string in it is not valid";
  return `Request body is not a JSON object: ${why}`;
}

function readStream({ stream = null }: JsonObject): Read<boolean> {
  return stream === null || typeof stream === "boolean"
    ? ok(stream === true)
    : invalidType("stream", stream, "a boolean");
}

function hasInputOnly(body: JsonObject): boolean {
  return (body["messages"] ?? null) === null &&
    (body["input"] ?? null) !== null;
}

const AS_TURN: ReadonlyMap<string, string | undefined> = new Map([
  ["stream", "true"],
  ["messages", undefined],
]);

function asItIs(
  bytes: Bytes,
  body: JsonObject,
  form: FormOfTurn,
): Read<ChatRequest> {
  const scan = scanObject(bytes);
  if (!scan.ok) return err(badRequest(whyNoObject(bytes)));
  return ok({
    body: editObject(bytes, scan.value, AS_TURN),
    form: {
      ...form,
      model: stringField(body, "model") ?? "",
      olderCalls: false,
      toolNames: new Map(),
    },
    members: Object.keys(body),
    ignored: [],
  });
}

function translated(body: JsonObject, form: FormOfTurn): Read<ChatRequest> {
  const model = stringField(body, "model");
  if (!model) return missing("model");
  const single = onlyOneAnswer(body);
  if (!single.ok) return single;
  const tools = readTools(body);
  if (!tools.ok) return tools;
  const { names } = tools.value;
  const choice = readToolChoice(body, tools.value);
  if (!choice.ok) return choice;
  const input = readMessages(body["messages"], names);
  if (!input.ok) return input;
  const text = readText(body);
  if (!text.ok) return text;

  const olderCalls = isList(body["functions"]) && !isList(body["tools"]);
  const turn = {
    model,
    input: input.value,
    tools: tools.value.tools.length > 0 ? tools.value.tools : undefined,
    tool_choice: choice.value,
    // The old form of an answer has room for one call.
    parallel_tool_calls: body["parallel_tool_calls"] ??
      (olderCalls ? false : undefined),
    reasoning: reasoningOf(body),
    text: text.value,
    service_tier: body["service_tier"] ?? undefined,
    prompt_cache_key: body["prompt_cache_key"] ?? undefined,
    stream: true,
    _gateway: body["_gateway"],
  };
  return ok({
    body: encoder.encode(JSON.stringify(turn)),
    form: { ...form, model, olderCalls, toolNames: names.shortened },
    members: Object.keys(body),
    ignored: ignoredMembers(body),
  });
}

/** Refuses what asks for more than one answer of text. */
function onlyOneAnswer(body: JsonObject): Read<undefined> {
  const { n = null, logprobs = null, top_logprobs = null } = body;
  if (n !== null && n !== 1) {
    return unsupportedValue("n", "must be 1: upstream gives one answer");
  }
  if (logprobs !== null && logprobs !== false) {
    return unsupported("logprobs", NO_LOGPROBS);
  }
  if (top_logprobs !== null && top_logprobs !== 0) {
    return unsupported("top_logprobs", NO_LOGPROBS);
  }
  const { modalities, audio = null } = body;
  if (
    audio !== null || Array.isArray(modalities) && modalities.includes("audio")
  ) {
    return unsupportedValue(
      "modalities",
      'must be ["text"]: upstream gives no audio',
    );
  }
  return ok(undefined);
}

const NO_LOGPROBS = "Upstream gives no probabilities.";

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** Without an effort the model's own default holds. */
function reasoningOf(body: JsonObject): JsonObject | undefined {
  const { effort, summary } = objectField(body, "reasoning") ?? {};
  const chosen = body["reasoning_effort"] ?? effort ?? undefined;
  return chosen === undefined
    ? undefined
    : { effort: chosen, summary: summary ?? "auto" };
}
