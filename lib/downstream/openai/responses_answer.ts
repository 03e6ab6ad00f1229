/** How an SDK caller gets a turn that it asked for in the Responses API. */
import type { AnswerForm } from "./answer_writer.ts";
import { ResponsesStream } from "./responses_stream.ts";
import { ResponsesWhole } from "./responses_whole.ts";

/** `model`: as the request names it. */
export function responsesAnswer(
  { wantsEvents, model }: {
    readonly wantsEvents: boolean;
    readonly model: string;
  },
): AnswerForm {
  return wantsEvents
    ? { kind: "stream", writer: () => new ResponsesStream() }
    : { kind: "whole", writer: () => new ResponsesWhole(model) };
}
