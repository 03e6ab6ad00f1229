/**
 * Upstream's answers as a caller may see them, by dialect. Makes no answer
 * of the gateway's own (see `gateway_answer.ts`).
 */
import { STATUS_CODE } from "@std/http";
import type { Answer } from "../failure/failure.ts";
import { MAX_ERROR_BODY_BYTES } from "../limits.ts";
import { eachHeader } from "../protocol/each_header.ts";
import { type ErrorEnvelope, errorEnvelope } from "../protocol/errors.ts";
import {
  endToEnd,
  type HeaderLine,
  isNeverReturned,
  LIMITS_OF_ACCOUNT,
  RETURNED_IN_HANDSHAKE,
  RETURNED_TO_SDK,
} from "../protocol/headers.ts";
import {
  isObject,
  type JsonObject,
  objectField,
  parseObject,
  stringField,
} from "../protocol/json.ts";
import type { Dialect } from "./caller.ts";
import { json } from "./json_answer.ts";
import { meaningOfWords } from "./openai/refusal_words.ts";

/**
 * The headers of an answer for the caller, by the lists of
 * `protocol/headers.ts`. `poolLines`: the pool's limits, which replace those of
 * one account.
 */
export function answerHeaders(
  headers: Headers,
  dialect: Dialect,
  poolLines: () => readonly HeaderLine[],
): Record<string, string> {
  const kept = endToEnd(
    headers,
    (name) =>
      isNeverReturned(name) ||
      dialect !== "codex" && !RETURNED_TO_SDK.has(name),
  );
  return ofPool(kept, poolLines);
}

/** The headers of upstream's 101 that a Codex caller gets with its own. */
export function handshakeHeaders(
  headers: Headers,
  poolLines: () => readonly HeaderLine[],
): Record<string, string> {
  const lines: HeaderLine[] = [];
  eachHeader(headers, (value, name) => {
    if (RETURNED_IN_HANDSHAKE.test(name)) lines.push([name, value]);
  });
  return ofPool(lines, poolLines);
}

/** An answer that tells nothing of limits stays as it is. */
function ofPool(
  lines: readonly HeaderLine[],
  poolLines: () => readonly HeaderLine[],
): Record<string, string> {
  // A response is made faster of a record than of `Headers`. Without a
  // prototype, it takes any name.
  const kept: Record<string, string> = Object.create(null);
  let ofAccount = false;
  for (const [name, value] of lines) {
    if (LIMITS_OF_ACCOUNT.test(name)) ofAccount = true;
    else kept[name] = value;
  }
  if (!ofAccount) return kept;
  for (const [name, value] of poolLines()) kept[name] = value;
  return kept;
}

/**
 * An upstream refusal in the envelope that the OpenAI SDKs read. `isMended`: the
 * gateway's rules have made the body, so a refusal of its form is our mistake.
 */
export function openaiError(answer: Answer, isMended: boolean): Response {
  const { status, error } = errorIn(answer, {
    status: answer.status,
    type: "invalid_request_error",
    code: null,
  });
  const meaning = error.code === null
    ? meaningOfWords(error.message)
    : undefined;
  if (meaning === undefined || meaning.isOurs && !isMended) {
    return json(status, { error });
  }
  const { code, param, isOurs } = meaning;
  return isOurs
    ? json(STATUS_CODE.InternalServerError, {
      error: { ...error, type: "server_error", code, param },
    })
    : json(status, { error: { ...error, code, param: error.param ?? param } });
}

/** An upstream outage, as a 502 in the same envelope. */
export function openaiOutage(answer: Answer): Response {
  const { status, error } = errorIn(answer, {
    status: STATUS_CODE.BadGateway,
    type: "server_error",
    code: "upstream_error",
  });
  return json(status, { error });
}

/** Upstream's words where it has some, else `otherwise`. */
function errorIn(
  answer: Answer,
  otherwise: {
    readonly status: number;
    readonly type: string;
    readonly code: string | null;
  },
): ErrorEnvelope & { readonly status: number } {
  const body = parseObject(new TextDecoder().decode(answer.body)) ?? {};
  const error = objectField(body, "error") ?? objectField(body, "detail") ??
    {};
  const envelope = errorEnvelope({
    message: stringField(error, "message") ?? detailOf(body) ??
      `Upstream answered ${answer.status}${requestIdOf(answer)}`,
    type: stringField(error, "type") ?? otherwise.type,
    code: stringField(error, "code") ?? otherwise.code,
    param: stringField(error, "param") ?? null,
  });
  return { status: otherwise.status, ...envelope };
}

function detailOf(body: JsonObject): string | undefined {
  return stringField(body, "detail") ?? stringField(body, "message");
}

/** Names the request, so that a person can ask upstream's support about it. */
function requestIdOf({ headers }: Answer): string {
  const id = headers.get("x-request-id") ?? headers.get("cf-ray");
  return id === null ? "" : `, request ${id}`;
}

/**
 * The model is at capacity. The client shows that at once; with `retry-after`
 * it would try for half a minute first (docs/client.md, "What the client does
 * about failures").
 */
export function isCapacity({ body }: Answer): boolean {
  if (body.length > MAX_ERROR_BODY_BYTES) return false;
  const error = parseObject(new TextDecoder().decode(body))?.["error"];
  return isObject(error) && error["code"] === "server_is_overloaded";
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const SUMMARY_TYPE = /("type"\s*:\s*)"compaction_summary"/g;

/**
 * A compaction answer as SDK callers expect it: older backends call the item
 * `compaction_summary`, the public API calls it `compaction`. Codex callers get
 * the answer unchanged.
 *
 * Renames the item's type and leaves every other byte.
 */
export function openaiCompaction(
  body: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const text = decoder.decode(body);
  const renamed = text.replace(SUMMARY_TYPE, '$1"compaction"');
  return renamed === text ? body : encoder.encode(renamed);
}
