/**
 * From the event that ends a turn to the outcome of its lease. Does not settle
 * the lease.
 */
import type { Outcome } from "../accounts/pool/lease.ts";
import { classifyEvent, endedWell } from "../failure/classify.ts";
import type { Answer } from "../failure/failure.ts";
import type { SseEvent } from "../protocol/sse.ts";

/** `answer`: called only for a failure. `now`: ms since the epoch. */
export function outcomeOf(
  event: Pick<SseEvent, "type" | "data">,
  answer: () => Answer,
  now: number,
): Outcome {
  return endedWell(event)
    ? { kind: "success" }
    : { kind: "failed", failure: classifyEvent(event, answer(), now) };
}

/** The same outcome for a turn whose content has already reached the caller. */
export function brokenOff(outcome: Outcome): Outcome {
  return outcome.kind === "failed"
    ? { kind: "broke_off", failure: outcome.failure }
    : outcome;
}
