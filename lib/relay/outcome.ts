/**
 * What the event that ends a turn says of the account that served it.
 */
import type { Outcome } from "../accounts/lease.ts";
import { classifyEvent, endedWell } from "../failure/classify.ts";
import type { Answer } from "../failure/failure.ts";
import type { SseEvent } from "../protocol/sse.ts";

/** `answer`: what a caller may be given of it. `now`: ms since the epoch. */
export function outcomeOf(
  event: Pick<SseEvent, "type" | "data">,
  answer: () => Answer,
  now: number,
): Outcome {
  return endedWell(event)
    ? { kind: "success" }
    : { kind: "failed", failure: classifyEvent(event, answer(), now) };
}

/** The same outcome of a turn whose content is with the caller already. */
export function brokenOff(outcome: Outcome): Outcome {
  return outcome.kind === "failed"
    ? { kind: "broke_off", failure: outcome.failure }
    : outcome;
}
