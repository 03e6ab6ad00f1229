/**
 * From the events of a turn to the parts of a chat answer. A pure function with
 * a state.
 *
 * Events that have no place in a chat answer, such as those of searches and
 * pictures, give no part and are not parsed.
 */
import {
  isObject,
  type JsonObject,
  objectField,
  parseObject,
  stringField,
} from "../../protocol/json.ts";
import type { TurnEvent } from "../openai/answer_writer.ts";
import { turnError } from "../openai/turn_error.ts";
import type { AnswerPart, FinishReason } from "./answer_part.ts";
import { type AnswerHead, type HeadContext, headOf } from "./head.ts";
import { type Place, placeOf } from "./place.ts";
import { SentCalls } from "./sent_calls.ts";
import { citationsIn, saidIn, SentText } from "./sent_text.ts";
import { chatUsage } from "./usage.ts";

type Parts = readonly AnswerPart[];

const NONE: Parts = [];

export interface TurnReaderOptions extends HeadContext {
  /** By the names that upstream knows, the caller's. */
  readonly toolNames: ReadonlyMap<string, string>;
}

export class TurnReader {
  readonly #options: TurnReaderOptions;
  readonly #calls: SentCalls;
  readonly #text = new SentText();
  #head: AnswerHead | undefined;
  #hasItems = false;
  #isOver = false;
  #isDamaged = false;

  constructor(options: TurnReaderOptions) {
    this.#options = options;
    this.#calls = new SentCalls(options.toolNames);
  }

  /** Whether an event that belongs to the answer could not be read. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  /** How much of the calls is held, to see what is missing at their end. */
  get heldChars(): number {
    return this.#calls.chars;
  }

  get head(): AnswerHead {
    return this.#head ??= headOf({}, this.#options);
  }

  read({ type, data }: TurnEvent): Parts {
    if (this.#isOver || this.#isDamaged) return NONE;
    if (!READ.has(type)) return NONE;
    const event = parseObject(data);
    if (event) return this.#parts(type, event, data);
    this.#isDamaged = true;
    return NONE;
  }

  #parts(type: string, event: JsonObject, data: string): Parts {
    switch (type) {
      case "response.created":
      case "response.in_progress":
        this.#begin(event);
        return NONE;
      case "response.output_text.delta":
        return this.#says("text", event);
      case "response.refusal.delta":
        return this.#says("refusal", event);
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        return this.#thinks(event);
      case "response.output_item.added":
        return this.#itemAdded(objectField(event, "item") ?? {}, event);
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        return this.#calls.goesOn(
          placeOf(event),
          stringField(event, "delta"),
        );
      case "response.function_call_arguments.done":
        return this.#calls.ends(
          placeOf(event),
          stringField(event, "arguments"),
        );
      case "response.custom_tool_call_input.done":
        return this.#calls.ends(placeOf(event), stringField(event, "input"));
      case "response.output_item.done":
        return this.#itemDone(objectField(event, "item") ?? {}, event);
      default:
        return this.#end(type, event, data);
    }
  }

  #begin(event: JsonObject): void {
    const response = objectField(event, "response");
    if (response) this.#head ??= headOf(response, this.#options);
  }

  #says(kind: "text" | "refusal", event: JsonObject): Parts {
    const text = stringField(event, "delta");
    if (!text) return NONE;
    this.#hasItems = true;
    const place = placeOf(event);
    if (kind === "text") this.#text.says(place, text);
    else this.#text.refuses(place);
    return [{ kind, text }];
  }

  #thinks(event: JsonObject): Parts {
    const delta = stringField(event, "delta");
    if (!delta) return NONE;
    return [{ kind: "reasoning", text: this.#text.thinks(event, delta) }];
  }

  #itemAdded(item: JsonObject, event: JsonObject): Parts {
    return this.#calls.begins(item, placeOf(event, item));
  }

  #itemDone(item: JsonObject, event: JsonObject): Parts {
    this.#hasItems = true;
    const place = placeOf(event, item);
    switch (stringField(item, "type")) {
      case "message":
        return this.#messageDone(item, place);
      case "function_call":
        return this.#callDone(item, place, "arguments");
      case "custom_tool_call":
        return this.#callDone(item, place, "input");
      default:
        return NONE;
    }
  }

  #callDone(
    item: JsonObject,
    place: Place,
    member: "arguments" | "input",
  ): Parts {
    return [
      ...this.#calls.begins(item, place),
      ...this.#calls.ends(place, stringField(item, member)),
    ];
  }

  #messageDone(item: JsonObject, place: Place): Parts {
    const known = this.#text.startOf(place);
    const said = known === undefined ? this.#wholeMessage(item, place) : NONE;
    const start = known ?? this.#text.startOf(place) ?? 0;
    const list = citationsIn(item, start);
    return list.length > 0 ? [...said, { kind: "annotations", list }] : said;
  }

  #wholeMessage(item: JsonObject, place: Place): Parts {
    return saidIn(item).flatMap((part): Parts => {
      const text = stringField(part, "text");
      const refusal = stringField(part, "refusal");
      if (text) {
        this.#text.says(place, text);
        return [{ kind: "text", text }];
      }
      if (!refusal) return NONE;
      this.#text.refuses(place);
      return [{ kind: "refusal", text: refusal }];
    });
  }

  #end(type: string, event: JsonObject, data: string): Parts {
    this.#isOver = true;
    this.#begin(event);
    const response = objectField(event, "response");
    const status = response && stringField(response, "status");
    if (!response || FAILED.has(type) || FAILED.has(status ?? "")) {
      return [{ kind: "error", error: turnError(data) }];
    }
    const items = this.#hasItems ? NONE : this.#outputOf(response);
    const isCut = type === "response.incomplete" || status === "incomplete";
    const reason = isCut
      ? whyIncomplete(response)
      : this.#calls.count > 0
      ? "tool_calls"
      : "stop";
    return [...items, { kind: "end", reason, usage: chatUsage(response) }];
  }

  /** For a turn that brings its items only at its end. */
  #outputOf(response: JsonObject): Parts {
    const output = response["output"];
    return (Array.isArray(output) ? output : []).flatMap((item, at) =>
      isObject(item) ? this.#itemDone(item, { output_index: at }) : NONE
    );
  }
}

/** The types that are read; others have no place in a chat answer. */
const READ: ReadonlySet<string> = new Set([
  "response.created",
  "response.in_progress",
  "response.output_text.delta",
  "response.refusal.delta",
  "response.reasoning_summary_text.delta",
  "response.reasoning_text.delta",
  "response.output_item.added",
  "response.function_call_arguments.delta",
  "response.function_call_arguments.done",
  "response.custom_tool_call_input.delta",
  "response.custom_tool_call_input.done",
  "response.output_item.done",
  "response.completed",
  "response.done",
  "response.incomplete",
  "response.failed",
  "error",
]);

/** Types of events and statuses of responses. */
const FAILED: ReadonlySet<string> = new Set([
  "response.failed",
  "error",
  "failed",
  "cancelled",
]);

function whyIncomplete(response: JsonObject): FinishReason {
  const details = objectField(response, "incomplete_details") ?? {};
  return stringField(details, "reason") === "content_filter"
    ? "content_filter"
    : "length";
}
