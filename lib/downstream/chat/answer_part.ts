/**
 * The parts of a turn's answer, as both forms of a chat answer are made of
 * them: chunks (`chunk_writer.ts`) and one completion (`whole_writer.ts`).
 */
import type { JsonObject } from "../../protocol/json.ts";
import type { TurnError } from "../openai/answer_writer.ts";
import type { CallKind } from "./calls.ts";

export type AnswerPart =
  | {
    readonly kind: "text" | "refusal" | "reasoning";
    readonly text: string;
  }
  /** A call begins; `index` counts the calls of the answer. */
  | {
    readonly kind: "call";
    readonly index: number;
    readonly of: CallKind;
    readonly id: string;
    readonly name: string;
  }
  /** More of the arguments of a call, or of a custom call's input. */
  | {
    readonly kind: "arguments";
    readonly index: number;
    readonly of: CallKind;
    readonly text: string;
  }
  /** Citations in the text so far. */
  | { readonly kind: "annotations"; readonly list: readonly JsonObject[] }
  /** The turn ended well; there is nothing after it. */
  | {
    readonly kind: "end";
    readonly reason: FinishReason;
    readonly usage: JsonObject | undefined;
  }
  | { readonly kind: "error"; readonly error: TurnError };

export type FinishReason = "stop" | "length" | "content_filter" | "tool_calls";
