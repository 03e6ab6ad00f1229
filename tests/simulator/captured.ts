/**
 * Compares what the simulator sends with a capture.
 *
 * The upstream of the captures was a script, which left out events, and keys of
 * their responses: what it had must be there, in its order.
 */

import { assertEquals } from "@std/assert";
import { type Json, shape } from "./support.ts";

const ADDED = "response.output_item.added";

export function assertCaptured(
  events: readonly Json[],
  captured: readonly Json[],
): void {
  const types = new Set(captured.map(({ type }) => type));
  const part = onePiece(events.filter(({ type }) => types.has(type)))
    .map((event, index) => capturedPart(event, captured[index]));
  assertEquals(shape(part), shape(captured.map(openedEmpty)));
}

/** Of a value, the keys that the captured one has. */
export function capturedPart(value: unknown, captured: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(captured)) {
    return value.map((item, index) => capturedPart(item, captured[index]));
  }
  if (!isRecord(value) || !isRecord(captured)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => Object.hasOwn(captured, key))
      .map(([key, item]) => [key, capturedPart(item, captured[key])]),
  );
}

/** The script sent a text in one piece. */
function onePiece(events: readonly Json[]): readonly Json[] {
  return events.filter(({ type }, index) =>
    type !== "response.output_text.delta" || events[index - 1]?.type !== type
  );
}

/** The script opened reasoning with its summary, which comes later. */
function openedEmpty(event: Json): Json {
  const { type, item } = event;
  if (type !== ADDED || !isRecord(item) || item.type !== "reasoning") {
    return event;
  }
  return { ...event, item: { ...item, summary: [] } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
