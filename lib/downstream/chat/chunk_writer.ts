/**
 * A chat answer as a stream of chunks.
 *
 * After a failure there is an error in place of what would look like an end: no
 * finish reason and no `[DONE]`.
 */
import { MAX_COLLECTED_CHARS } from "../../limits.ts";
import type { ErrorDetail } from "../../protocol/errors.ts";
import {
  type Bytes,
  type Interruption,
  type StreamWriter,
  type TurnEvent,
} from "../openai/answer_writer.ts";
import { NOTHING } from "../../protocol/slab.ts";
import { interruptionError } from "../openai/turn_error.ts";
import type { AnswerPart } from "./answer_part.ts";
import { callDelta, finishReason } from "./call_form.ts";
import { DAMAGED } from "../openai/damaged.ts";
import type { ChatForm } from "./request.ts";
import type { TurnReader } from "./turn_reader.ts";

const encoder = new TextEncoder();

const NO_DELTA = "{}";
const DONE = "data: [DONE]\n\n";

export class ChunkWriter implements StreamWriter {
  readonly kind = "stream";
  readonly #reader: TurnReader;
  readonly #form: ChatForm;
  /** What every chunk begins with, up to its choices. */
  #head: string | undefined;

  constructor(reader: TurnReader, form: ChatForm) {
    this.#reader = reader;
    this.#form = form;
  }

  get isFull(): boolean {
    const { isDamaged, heldChars } = this.#reader;
    return isDamaged || heldChars > MAX_COLLECTED_CHARS;
  }

  event(event: TurnEvent): Bytes {
    const parts = this.#reader.read(event);
    if (parts.length === 0) return NOTHING;
    return encoder.encode(parts.map((part) => this.#write(part)).join(""));
  }

  interrupted(why: Interruption): Bytes {
    const told = this.#reader.isDamaged ? DAMAGED : why;
    return encoder.encode(errorChunk(interruptionError(told).error));
  }

  #write(part: AnswerPart): string {
    switch (part.kind) {
      case "text":
        return this.#delta(`{"content":${JSON.stringify(part.text)}}`);
      case "refusal":
        return this.#delta(`{"refusal":${JSON.stringify(part.text)}}`);
      case "reasoning":
        return this.#delta(
          `{"reasoning_content":${JSON.stringify(part.text)}}`,
        );
      case "call":
      case "arguments": {
        const delta = callDelta(part, this.#form.olderCalls);
        return delta ? this.#delta(JSON.stringify(delta)) : "";
      }
      case "annotations":
        return "";
      case "end":
        return this.#end(part);
      case "error":
        return errorChunk(part.error.error);
    }
  }

  #end({ reason, usage }: Extract<AnswerPart, { kind: "end" }>): string {
    const { includeUsage, olderCalls } = this.#form;
    const finish = JSON.stringify(finishReason(reason, olderCalls));
    const last = this.#delta(NO_DELTA, finish);
    if (!includeUsage) return `${last}${DONE}`;
    const told = JSON.stringify(usage ?? null);
    return `${last}${this.#begin()}"usage":${told},"choices":[]}\n\n${DONE}`;
  }

  #delta(delta: string, finish = "null"): string {
    const role = this.#head === undefined ? this.#choice(ROLE, "null") : "";
    return `${role}${this.#choice(delta, finish)}`;
  }

  #choice(delta: string, finish: string): string {
    const usage = this.#form.includeUsage ? '"usage":null,' : "";
    return `${this.#begin()}${usage}"choices":[{"index":0,"delta":${delta},` +
      `"logprobs":null,"finish_reason":${finish}}]}\n\n`;
  }

  #begin(): string {
    return this.#head ??= headText(this.#reader.head);
  }
}

const ROLE = '{"role":"assistant","content":"","refusal":null}';

function headText({ id, ...rest }: TurnReader["head"]): string {
  const head = JSON.stringify({
    id,
    object: "chat.completion.chunk",
    ...rest,
    system_fingerprint: null,
  });
  return `data: ${head.slice(0, -1)},`;
}

function errorChunk(error: ErrorDetail): string {
  return `data: ${JSON.stringify({ error })}\n\n`;
}
