/**
 * Plays the events of a turn, with what a stream fault makes of them.
 *
 * Knows no transport: a sink turns events into server-sent events or messages.
 */

import {
  failedEvent,
  incompleteEvent,
  type ResponseHead,
  type TurnEvent,
} from "./events.ts";
import type { StreamFault } from "./faults.ts";

/** Where events go. A promise that resolves to false says: the caller left. */
export interface Sink {
  send(event: TurnEvent): Promise<boolean>;
  pause(ms: number): Promise<boolean>;
  /** Ends cleanly. */
  end(): void;
  /** Closes the connection, after half of `event` if there is one. */
  cut(event: TurnEvent | undefined): void;
}

type Step =
  | { readonly kind: "send"; readonly event: TurnEvent }
  | { readonly kind: "pause"; readonly ms: number }
  /** Waits until `ms` after the start, so that lateness does not add up. */
  | { readonly kind: "until"; readonly ms: number }
  | { readonly kind: "cut"; readonly event: TurnEvent | undefined };

export async function play(
  events: Iterable<TurnEvent>,
  { head, fault, sink }: {
    readonly head: ResponseHead;
    readonly fault: StreamFault | undefined;
    readonly sink: Sink;
  },
): Promise<void> {
  const begun = performance.now();
  for (const step of stepsOf(events, head, fault)) {
    if (step.kind === "cut") return sink.cut(step.event);
    if (step.kind === "send") {
      if (!await sink.send(step.event)) return;
      continue;
    }
    const passed = step.kind === "until" ? performance.now() - begun : 0;
    if (step.ms > passed && !await sink.pause(step.ms - passed)) return;
  }
  sink.end();
}

function* stepsOf(
  events: Iterable<TurnEvent>,
  head: ResponseHead,
  fault: StreamFault | undefined,
): Generator<Step, void> {
  let sent = 0;
  let deltas = 0;
  for (const event of events) {
    const terminal = event.type === "response.completed";
    if (fault !== undefined) {
      if (isDue(fault, sent, terminal)) {
        yield* stepsAtFault(fault, event, head);
        if (fault.kind !== "silence") return;
      }
      if (fault.kind === "paced" && isDelta(event)) {
        yield { kind: "until", ms: ++deltas * fault.intervalMs };
      }
    }
    yield { kind: "send", event };
    sent++;
  }
}

/** A fault that waits for more events than there are comes at the last one. */
function isDue(fault: StreamFault, sent: number, terminal: boolean): boolean {
  if (fault.kind === "paced" || fault.kind === "headers") return false;
  return sent === fault.after || (terminal && sent < fault.after);
}

/** The steps that come in place of `event` and, but for silence, of the rest. */
function* stepsAtFault(
  fault: StreamFault,
  event: TurnEvent,
  head: ResponseHead,
): Generator<Step, void> {
  switch (fault.kind) {
    case "failed":
      return yield { kind: "send", event: failedEvent(head, fault) };
    case "incomplete":
      return yield { kind: "send", event: incompleteEvent(head, fault.reason) };
    case "event":
      return yield { kind: "send", event: fault.event };
    case "cut":
      return yield { kind: "cut", event: fault.midEvent ? event : undefined };
    case "silence":
      return yield { kind: "pause", ms: fault.ms };
    case "end":
    case "paced":
    case "headers":
      return;
  }
}

function isDelta(event: TurnEvent): boolean {
  return event.type === "response.output_text.delta";
}
