/**
 * Builds items of which upstream has sent the beginning and the deltas, but not
 * the end.
 */
import {
  type JsonObject,
  numberField,
  objectField,
  parseObject,
  stringField,
} from "../../protocol/json.ts";
import type { TurnEvent } from "./answer_writer.ts";

interface Unfinished {
  /** As it was added. */
  readonly item: JsonObject;
  readonly deltas: string[];
  /** Characters of what is held of it. */
  chars: number;
}

const ADDED = "response.output_item.added";
const TEXT = "response.output_text.delta";
const ARGUMENTS = "response.function_call_arguments.delta";

/** Events that are read; the others need not be parsed. */
const READ: ReadonlySet<string> = new Set([ADDED, TEXT, ARGUMENTS]);

export class UnfinishedItems {
  readonly #items = new Map<number, Unfinished>();
  /** Characters of all that is held. */
  chars = 0;
  /** Whether a part of them could not be read. */
  isDamaged = false;

  see({ type, data }: TurnEvent): void {
    if (!READ.has(type)) return;
    const event = parseObject(data);
    if (!event) {
      this.isDamaged = true;
      return;
    }
    const index = numberField(event, "output_index") ?? 0;
    if (type === ADDED) {
      const item = objectField(event, "item") ?? {};
      this.#set(index, { item, deltas: [], chars: data.length });
      return;
    }
    const delta = stringField(event, "delta");
    if (!delta) return;
    const known = this.#items.get(index) ?? this.#set(index, {
      item: guessed(type, event),
      deltas: [],
      chars: data.length,
    });
    known.deltas.push(delta);
    known.chars += delta.length;
    this.chars += delta.length;
  }

  #set(index: number, item: Unfinished): Unfinished {
    this.forget(index);
    this.#items.set(index, item);
    this.chars += item.chars;
    return item;
  }

  /** Each unfinished item that has deltas, as JSON. */
  *built(): Iterable<readonly [index: number, json: string]> {
    for (const [index, unfinished] of this.#items) {
      const item = built(unfinished, index);
      if (item) yield [index, JSON.stringify(item)];
    }
  }

  /** The item is complete. */
  forget(index: number): void {
    this.chars -= this.#items.get(index)?.chars ?? 0;
    this.#items.delete(index);
  }
}

/** An item that was never added: what its first delta tells of it. */
function guessed(type: string, event: JsonObject): JsonObject {
  const id = stringField(event, "item_id");
  return {
    ...id === undefined ? {} : { id },
    type: type === TEXT ? "message" : "function_call",
  };
}

function built(
  { item, deltas }: Unfinished,
  index: number,
): JsonObject | undefined {
  if (deltas.length === 0) return undefined;
  const text = deltas.join("");
  const type = stringField(item, "type");
  if (type === "message") {
    const part = { type: "output_text", text, annotations: [], logprobs: [] };
    return {
      id: `msg_${index}`,
      ...item,
      role: "assistant",
      status: "completed",
      content: [part],
    };
  }
  if (type !== "function_call") return undefined;
  const id = stringField(item, "id") ?? `fc_${index}`;
  return {
    call_id: id,
    name: "",
    ...item,
    id,
    status: "completed",
    arguments: text,
  };
}
