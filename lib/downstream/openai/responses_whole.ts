/**
 * A turn as one response object of the Responses API, for callers that do not
 * stream. The object of the terminal event is completed, not rebuilt.
 */
import { MAX_COLLECTED_CHARS } from "../../limits.ts";
import { isTerminal } from "../../protocol/events.ts";
import {
  editObject,
  memberOf,
  scanObject,
  valueText,
} from "../../protocol/json_edit.ts";
import type {
  Interruption,
  TurnEvent,
  WholeAnswer,
  WholeWriter,
} from "./answer_writer.ts";
import { DAMAGED } from "./damaged.ts";
import { OutputItems } from "./output_items.ts";
import { interruptionError, turnError } from "./turn_error.ts";
import { UnfinishedItems } from "./unfinished_items.ts";

export class ResponsesWhole implements WholeWriter {
  readonly kind = "whole";
  readonly #model: string;
  readonly #items = new OutputItems();
  readonly #unfinished = new UnfinishedItems();
  #end: TurnEvent | Interruption = NOT_ENDED;

  /** `model`: as the request names it. */
  constructor(model: string) {
    this.#model = model;
  }

  get isFull(): boolean {
    return this.#items.isFull || this.#unfinished.chars > MAX_COLLECTED_CHARS;
  }

  event(event: TurnEvent): void {
    if (isTerminal(event.type)) this.#end = event;
    const done = this.#items.see(event);
    if (done === undefined) this.#unfinished.see(event);
    else this.#unfinished.forget(done);
  }

  interrupted(why: Interruption): void {
    this.#end = why;
  }

  answer(): WholeAnswer {
    const end = this.#end;
    if ("code" in end) return { kind: "error", error: interruptionError(end) };
    if (hasFailed(end)) {
      return { kind: "error", error: turnError(end.data) };
    }
    const json = this.#response(end.data);
    return json
      ? { kind: "answer", json }
      : { kind: "error", error: interruptionError(DAMAGED) };
  }

  /** Undefined if the event, or one whose item is needed, is damaged. */
  #response(data: string): Uint8Array<ArrayBuffer> | undefined {
    const event = encoder.encode(data);
    if (!scanObject(event).ok) return undefined;
    const bytes = responseIn(event);
    const scan = scanObject(bytes);
    if (!scan.ok) return undefined;
    const edits = new Map<string, string>();
    for (const [key, json] of LACKED) {
      if (!memberOf(scan.value, key)) edits.set(key, json);
    }
    if (!memberOf(scan.value, "model")) {
      edits.set("model", JSON.stringify(this.#model));
    }
    const output = memberOf(scan.value, "output");
    if (!output || EMPTY.test(valueText(bytes, output))) {
      if (this.#items.isDamaged || this.#unfinished.isDamaged) return undefined;
      edits.set("output", this.#output());
    }
    return editObject(bytes, scan.value, edits);
  }

  #output(): string {
    for (const [index, json] of this.#unfinished.built()) {
      this.#items.set(index, json);
    }
    return this.#items.json();
  }
}

/** The status may say so, whatever the event is called. */
function hasFailed({ type, data }: TurnEvent): boolean {
  if (type === "response.failed" || type === "error") return true;
  const bytes = responseIn(encoder.encode(data));
  const scan = scanObject(bytes);
  const status = scan.ok ? memberOf(scan.value, "status") : undefined;
  return status !== undefined && FAILED.has(valueText(bytes, status));
}

const FAILED: ReadonlySet<string> = new Set(['"failed"', '"cancelled"']);

const NOT_ENDED: Interruption = {
  code: "stream_interrupted",
  message: "the turn has no end",
};

const EMPTY = /^(?:null|\[\s*\])$/;

/** Typed SDKs fail without these members. */
const LACKED: ReadonlyArray<readonly [key: string, json: string]> = [
  ["object", '"response"'],
  ["error", "null"],
  ["incomplete_details", "null"],
  ["instructions", "null"],
  ["metadata", "{}"],
  ["parallel_tool_calls", "true"],
  ["temperature", "null"],
  ["top_p", "null"],
  ["tool_choice", '"auto"'],
  ["tools", "[]"],
  ["text", '{"format":{"type":"text"}}'],
  ["usage", "null"],
];

const encoder = new TextEncoder();

/** The bytes of the event's response; those of an empty one without it. */
function responseIn(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const event = scanObject(bytes);
  const member = event.ok ? memberOf(event.value, "response") : undefined;
  return member && scanObject(bytes, member.valueStart).ok
    ? bytes.subarray(member.valueStart, member.valueEnd)
    : encoder.encode("{}");
}
