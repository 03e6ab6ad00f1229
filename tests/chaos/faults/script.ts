/** The parts of an answer, for faults to be put between. */
import type { Random } from "../../support/random.ts";
import { prose, type Speech, type SpokenEvent } from "../speech.ts";

/** Made one by one, so that others can be said between them. */
export function* preamble(speech: Speech): Generator<SpokenEvent, void> {
  for (const name of ["created", "in_progress"]) {
    const response = { status: "in_progress" };
    yield speech.event(`response.${name}`, { response });
  }
}

export function delta(speech: Speech, random: Random): SpokenEvent {
  const text = prose(random, random.int(80));
  return speech.event("response.output_text.delta", { delta: text });
}

/** Some pieces of text: the first of them is content. */
export function* contents(
  speech: Speech,
  random: Random,
  most = 12,
): Generator<SpokenEvent, void> {
  const item = { type: "message", role: "assistant", content: [] };
  yield speech.event("response.output_item.added", { output_index: 0, item });
  for (let n = random.int(most); n >= 0; n--) yield delta(speech, random);
}

export function completed(speech: Speech): SpokenEvent {
  return speech.event("response.completed", {
    response: {
      id: `resp_${crypto.randomUUID().replaceAll("-", "")}`,
      status: "completed",
      usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
    },
  });
}

/** A turn from its beginning to its end. */
export function* wholeTurn(
  speech: Speech,
  random: Random,
  most?: number,
): Generator<SpokenEvent, void> {
  yield* preamble(speech);
  yield* contents(speech, random, most);
  yield completed(speech);
}

export function failed(
  speech: Speech,
  code: string,
  message = `upstream says ${code}`,
): SpokenEvent {
  return speech.event("response.failed", {
    response: { status: "failed", error: { code, message } },
  });
}

export function incomplete(
  speech: Speech,
  details: Readonly<Record<string, unknown>>,
): SpokenEvent {
  return speech.event("response.incomplete", {
    response: { status: "incomplete", incomplete_details: details },
  });
}
