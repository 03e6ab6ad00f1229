/** The writers for a chat answer, in the form that its request asks for. */
import type { AnswerForm } from "../openai/answer_writer.ts";
import { ChunkWriter } from "./chunk_writer.ts";
import type { HeadContext } from "./head.ts";
import type { ChatForm } from "./request.ts";
import { TurnReader } from "./turn_reader.ts";
import { WholeChatWriter } from "./whole_writer.ts";

export function chatAnswer(
  form: ChatForm,
  context: Pick<HeadContext, "now" | "newId">,
): AnswerForm {
  const { model, toolNames, stream } = form;
  const reader = () => new TurnReader({ model, toolNames, ...context });
  return stream
    ? { kind: "stream", writer: () => new ChunkWriter(reader(), form) }
    : { kind: "whole", writer: () => new WholeChatWriter(reader(), form) };
}
