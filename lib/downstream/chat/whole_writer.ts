/** A chat answer in one piece: a completion. */
import { MAX_COLLECTED_CHARS } from "../../limits.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type {
  Interruption,
  TurnError,
  TurnEvent,
  WholeAnswer,
  WholeWriter,
} from "../openai/answer_writer.ts";
import { interruptionError } from "../openai/turn_error.ts";
import type { AnswerPart } from "./answer_part.ts";
import { callForm, finishReason } from "./call_form.ts";
import { DAMAGED } from "../openai/damaged.ts";
import type { ChatForm } from "./request.ts";
import type { TurnReader } from "./turn_reader.ts";

type CallPart = Extract<AnswerPart, { kind: "call" }>;
type End = Extract<AnswerPart, { kind: "end" }>;

export class WholeChatWriter implements WholeWriter {
  readonly kind = "whole";
  readonly #reader: TurnReader;
  readonly #form: ChatForm;
  readonly #said = { text: "", refusal: "", reasoning: "" };
  readonly #calls: { readonly call: CallPart; args: string }[] = [];
  readonly #annotations: JsonObject[] = [];
  #chars = 0;
  #end: End | undefined;
  #error: TurnError | undefined;

  constructor(reader: TurnReader, form: ChatForm) {
    this.#reader = reader;
    this.#form = form;
  }

  get isFull(): boolean {
    return this.#reader.isDamaged || this.#chars > MAX_COLLECTED_CHARS;
  }

  event(event: TurnEvent): void {
    for (const part of this.#reader.read(event)) this.#take(part);
  }

  interrupted(why: Interruption): void {
    this.#error = interruptionError(this.#reader.isDamaged ? DAMAGED : why);
  }

  answer(): WholeAnswer {
    const error = this.#error;
    if (error) return { kind: "error", error };
    const end = this.#end;
    // The relay asks only after an end or an interruption.
    if (!end) throw new Error("the turn has not ended");
    return { kind: "answer", json: JSON.stringify(this.#completion(end)) };
  }

  #take(part: AnswerPart): void {
    switch (part.kind) {
      case "text":
      case "refusal":
      case "reasoning":
        this.#said[part.kind] += part.text;
        this.#chars += part.text.length;
        return;
      case "call":
        this.#calls.push({ call: part, args: "" });
        this.#chars += part.id.length + part.name.length;
        return;
      case "arguments": {
        const call = this.#calls[part.index];
        if (call) call.args += part.text;
        this.#chars += part.text.length;
        return;
      }
      case "annotations":
        for (const one of part.list) {
          this.#annotations.push(one);
          this.#chars += JSON.stringify(one).length;
        }
        return;
      case "end":
        this.#end = part;
        return;
      case "error":
        this.#error = part.error;
        return;
    }
  }

  #completion({ reason, usage }: End): JsonObject {
    const { id, created, model, service_tier } = this.#reader.head;
    return {
      id,
      object: "chat.completion",
      created,
      model,
      choices: [{
        index: 0,
        message: this.#message(),
        logprobs: null,
        finish_reason: finishReason(reason, this.#form.olderCalls),
      }],
      usage,
      service_tier,
      system_fingerprint: null,
    };
  }

  #message(): JsonObject {
    const { text, refusal, reasoning } = this.#said;
    const saysElse = this.#calls.length > 0 || refusal !== "";
    return {
      role: "assistant",
      content: text === "" && saysElse ? null : text,
      refusal: refusal === "" ? null : refusal,
      annotations: this.#annotations,
      ...this.#callMembers(),
      ...reasoning === "" ? {} : { reasoning_content: reasoning },
    };
  }

  #callMembers(): JsonObject {
    const [first] = this.#calls;
    if (!first) return {};
    if (this.#form.olderCalls) {
      const { call: { name }, args } = first;
      return { function_call: { name, arguments: args } };
    }
    return {
      tool_calls: this.#calls.map(({ call, args }) => callForm(call, args)),
    };
  }
}
