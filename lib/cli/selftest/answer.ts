/**
 * What a caller got, as far as the scripts need it. Pure.
 */
import {
  type JsonObject,
  objectField,
  parseObject,
  stringField,
} from "../../protocol/json.ts";

export interface Answer {
  readonly status: number;
  /** From a stream or a websocket; else empty. */
  readonly events: readonly JsonObject[];
  /** From a JSON answer; else empty. */
  readonly body: JsonObject;
}

export function answerOf(status: number, text: string): Answer {
  const events = text.split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => parseObject(line.slice("data:".length)) ?? {});
  return { status, events, body: parseObject(text) ?? {} };
}

/** Whether it is one complete turn with the text that was asked for. */
export function isWhole({ status, events }: Answer): boolean {
  const begins = events.filter((event) => typeOf(event) === "response.created");
  return status === 200 && begins.length === 1 &&
    lastType(events) === "response.completed" &&
    JSON.stringify(events).includes(SAID);
}

/** The text that every turn of the scripts asks for. */
export const SAID = "hello";

export function lastType(events: readonly JsonObject[]): string {
  const last = events.at(-1);
  return last === undefined ? "" : typeOf(last);
}

/** The `error` of an answer; empty if there is none. */
export function errorOf({ body }: Answer): JsonObject {
  return objectField(body, "error") ?? {};
}

function typeOf(event: JsonObject): string {
  return stringField(event, "type") ?? "";
}
