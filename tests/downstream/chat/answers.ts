/** Events of a turn through both chat writers, and chunks put together. */
import { assert, assertEquals } from "@std/assert";
import { chatAnswer } from "../../../lib/downstream/chat/answer.ts";
import type { ChatForm } from "../../../lib/downstream/chat/request.ts";
import type {
  AnswerWriter,
  StreamWriter,
  TurnEvent,
  WholeWriter,
} from "../../../lib/downstream/openai/answer_writer.ts";
import type { Json } from "./support.ts";

export const CREATED: Json = {
  type: "response.created",
  response: {
    id: "resp_1",
    created_at: 1_790_000_000,
    model: "gpt-6.2-sol",
    service_tier: "auto",
  },
};

export function completed(more: Json = {}): Json {
  const response = { id: "resp_1", status: "completed", output: [], ...more };
  return { type: "response.completed", response };
}

/** A stream of chunks with its events, unless `form` says otherwise. */
export function streamWriter(form: Partial<ChatForm> = {}): StreamWriter {
  const writer = writerOf({ ...form, stream: true });
  assert(writer.kind === "stream");
  return writer;
}

export function wholeWriter(form: Partial<ChatForm> = {}): WholeWriter {
  const writer = writerOf({ ...form, stream: false });
  assert(writer.kind === "whole");
  return writer;
}

function writerOf(form: Partial<ChatForm>): AnswerWriter {
  return chatAnswer({
    model: "as-asked",
    stream: true,
    includeUsage: false,
    olderCalls: false,
    toolNames: new Map(),
    ...form,
  }, { now: () => 1_800_000_000_500, newId: () => "new-id" }).writer();
}

export function eventOf(event: Json): TurnEvent {
  return { type: String(event["type"]), data: JSON.stringify(event) };
}

/** The text of the stream for these events. */
export function streamOf(
  events: readonly Json[],
  form: Partial<ChatForm> = {},
): string {
  const writer = streamWriter(form);
  return events.map((event) =>
    new TextDecoder().decode(writer.event(eventOf(event)))
  ).join("");
}

/** The data of each event of a stream; `[DONE]` stays text. */
export function dataIn(stream: string): readonly unknown[] {
  return stream.split("\n\n").filter((event) => event !== "").map((event) => {
    assert(event.startsWith("data: "), event);
    const data = event.slice("data: ".length);
    return data === "[DONE]" ? data : JSON.parse(data);
  });
}

/** The deltas of these events, without the role that comes first. */
export function deltasOf(
  events: readonly Json[],
  form: Partial<ChatForm> = {},
): readonly unknown[] {
  const [role, ...deltas] = chunksIn(streamOf([CREATED, ...events], form))
    .flatMap(({ choices }) => choices.map(({ delta }) => delta));
  if (role !== undefined) {
    assertEquals(role, { role: "assistant", content: "", refusal: null });
  }
  return deltas;
}

export interface Chunk {
  readonly [member: string]: unknown;
  readonly choices: ReadonlyArray<{
    readonly delta: Record<string, unknown>;
    readonly finish_reason: string | null;
  }>;
}

export function chunksIn(stream: string): readonly Chunk[] {
  return dataIn(stream).filter((data) => data !== "[DONE]") as Chunk[];
}

/** The completion for these events. */
export function wholeOf(
  events: readonly Json[],
  form: Partial<ChatForm> = {},
): Completion {
  const writer = wholeWriter(form);
  for (const event of events) writer.event(eventOf(event));
  const answer = writer.answer();
  assert(answer.kind === "answer", JSON.stringify(answer));
  assert(typeof answer.json === "string");
  return JSON.parse(answer.json);
}

export interface Completion {
  readonly [member: string]: unknown;
  readonly choices: ReadonlyArray<{
    readonly message: Record<string, unknown>;
    readonly finish_reason: string;
  }>;
}
