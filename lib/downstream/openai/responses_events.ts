/**
 * The events of a turn as an SDK caller expects them: private ones are left
 * out, and the terminal event holds the whole output. All others stay as they
 * are.
 */
import {
  editObject,
  memberOf,
  scanObject,
  valueText,
} from "../../protocol/json_edit.ts";
import { isTerminal } from "../../protocol/events.ts";
import { parseObject } from "../../protocol/json.ts";
import type { TurnEvent } from "./answer_writer.ts";
import { OutputItems } from "./output_items.ts";
import { meaningOfWords } from "./refusal_words.ts";

export class ResponsesEvents {
  readonly #items = new OutputItems();
  #last: TurnEvent | undefined;

  /** More is held than an answer may be. */
  get isFull(): boolean {
    return this.#items.isFull;
  }

  /** The number that an event after the last one has. */
  get nextNumber(): number {
    const number = /"sequence_number"\s*:\s*(\d{1,15})\b/
      .exec(this.#last?.data ?? "")?.[1];
    return number === undefined ? 0 : Number(number) + 1;
  }

  /** The event for the caller; undefined if there is none. */
  next(event: TurnEvent): TurnEvent | undefined {
    if (!isPublic(event.type)) return undefined;
    this.#last = event;
    this.#items.see(event);
    return isTerminal(event.type) ? this.#terminal(event) : event;
  }

  #terminal({ type, data }: TurnEvent): TurnEvent {
    if (type === "error") return { type, data: withParameter(data) };
    const filled = this.#items.isEmpty
      ? data
      : withOutput(data, this.#items.json());
    return type === OLD_DONE
      ? { type: COMPLETED, data: renamed(filled) }
      : { type, data: filled };
  }
}

/** What older servers call the event that ends a turn. */
const OLD_DONE = "response.done";
const COMPLETED = "response.completed";

/** An `error` event, with the code and the parameter that its words mean. */
export function withParameter(data: string): string {
  const bytes = encoder.encode(data);
  const event = scanObject(bytes);
  if (!event.ok) return data;
  const nested = memberOf(event.value, "error");
  const error = nested ? scanObject(bytes, nested.valueStart) : event;
  if (!error.ok) return data;
  const said = memberOf(error.value, "message");
  const code = memberOf(error.value, "code");
  if (!said || code && valueText(bytes, code) !== "null") return data;
  const message = parseObject(`{"v":${valueText(bytes, said)}}`)?.["v"];
  const meaning = typeof message === "string"
    ? meaningOfWords(message)
    : undefined;
  if (meaning === undefined) return data;
  const edits = new Map([
    ["code", JSON.stringify(meaning.code)],
    ["param", JSON.stringify(meaning.param)],
  ]);
  return decoder.decode(editObject(bytes, error.value, edits));
}

/**
 * SDKs throw at events that the public API does not have, such as
 * `codex.rate_limits`.
 */
function isPublic(type: string): boolean {
  return type === "error" ||
    type.startsWith("response.") && type !== "response.metadata";
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** With `output` as the response's, unless it has an output of its own. */
function withOutput(data: string, output: string): string {
  const bytes = encoder.encode(data);
  const event = scanObject(bytes);
  const member = event.ok ? memberOf(event.value, "response") : undefined;
  const response = member && scanObject(bytes, member.valueStart);
  if (!response?.ok) return data;
  const own = memberOf(response.value, "output");
  if (own && !isEmptyList(valueText(bytes, own))) return data;
  const edits = new Map([["output", output]]);
  return decoder.decode(editObject(bytes, response.value, edits));
}

function isEmptyList(json: string): boolean {
  return json === "null" || /^\[\s*\]$/.test(json);
}

function renamed(data: string): string {
  const bytes = encoder.encode(data);
  const event = scanObject(bytes);
  if (!event.ok) return data;
  const edits = new Map([["type", JSON.stringify(COMPLETED)]]);
  return decoder.decode(editObject(bytes, event.value, edits));
}
