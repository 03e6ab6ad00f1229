/**
 * Plays the events of a turn, altered by a fault if there is one.
 *
 * Knows no transport: a sink turns events into server-sent events or messages.
 */

import {
  failedEvent,
  incompleteEvent,
  type ResponseHead,
  type TurnEvent,
} from "../model/events.ts";
import type { StreamFault } from "./faults.ts";
import { isSocketFault, type SocketFault } from "./socket_fault_kinds.ts";

/** Where events go. Its promises resolve to false when the caller has left. */
export interface Sink {
  send(event: TurnEvent): Promise<boolean>;
  pause(ms: number): Promise<boolean>;
  /** Ends cleanly. */
  end(): void;
  /** Closes the connection, after half of `event` if there is one. */
  cut(event: TurnEvent | undefined): void;
  /** Carries out a fault that only a websocket can show. */
  misbehave?(fault: SocketFault): Promise<boolean>;
}

type Step =
  | { readonly kind: "send"; readonly event: TurnEvent }
  | { readonly kind: "pause"; readonly ms: number }
  /** Waits until `ms` after the start, so that delays do not add up. */
  | { readonly kind: "until"; readonly ms: number }
  | { readonly kind: "cut"; readonly event: TurnEvent | undefined }
  | { readonly kind: "misbehave"; readonly fault: SocketFault };

export async function play(
  events: Iterable<TurnEvent>,
  { head, fault, sink }: {
    readonly head: ResponseHead;
    readonly fault: StreamFault | SocketFault | undefined;
    readonly sink: Sink;
  },
): Promise<void> {
  const begun = performance.now();
  for (const step of stepsOf(events, head, fault)) {
    if (step.kind === "cut") return sink.cut(step.event);
    if (step.kind === "misbehave") {
      if (await sink.misbehave?.(step.fault) === false) return;
      continue;
    }
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
  fault: StreamFault | SocketFault | undefined,
): Generator<Step, void> {
  let sent = 0;
  let deltas = 0;
  for (const event of events) {
    const terminal = event.type === "response.completed";
    if (fault !== undefined) {
      if (isDue(fault, sent, terminal)) {
        yield* stepsAtFault(fault, event, head);
        if (!goesOn(fault)) return;
      }
      if (fault.kind === "paced" && isDelta(event)) {
        yield { kind: "until", ms: ++deltas * fault.intervalMs };
      }
    }
    yield { kind: "send", event };
    sent++;
  }
}

/** A fault that waits for more events than the turn has is due at the last. */
function isDue(
  fault: StreamFault | SocketFault,
  sent: number,
  terminal: boolean,
): boolean {
  if (!("after" in fault)) return false;
  return sent === fault.after || (terminal && sent < fault.after);
}

/** Whether the rest of the turn follows the fault. */
function goesOn(fault: StreamFault | SocketFault): boolean {
  return fault.kind === "silence" || fault.kind === "extra" ||
    isSocketFault(fault);
}

/** The steps in place of `event`, or before it if the turn goes on. */
function* stepsAtFault(
  fault: StreamFault | SocketFault,
  event: TurnEvent,
  head: ResponseHead,
): Generator<Step, void> {
  switch (fault.kind) {
    case "failed":
      return yield { kind: "send", event: failedEvent(head, fault) };
    case "incomplete":
      return yield { kind: "send", event: incompleteEvent(head, fault.reason) };
    case "event":
    case "extra":
      return yield { kind: "send", event: fault.event };
    case "cut":
      return yield { kind: "cut", event: fault.midEvent ? event : undefined };
    case "silence":
      return yield { kind: "pause", ms: fault.ms };
    case "end":
    case "paced":
    case "headers":
    case "completed_id":
      return;
    default:
      return yield { kind: "misbehave", fault };
  }
}

function isDelta(event: TurnEvent): boolean {
  return event.type === "response.output_text.delta";
}
