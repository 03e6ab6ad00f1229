/**
 * Collects the items of a turn as they are completed, for terminal events whose
 * `output` is empty. Keeps the JSON that upstream wrote.
 */
import { MAX_COLLECTED_CHARS } from "../../limits.ts";
import { memberOf, scanObject, valueText } from "../../protocol/json_edit.ts";
import type { TurnEvent } from "./answer_writer.ts";

const ITEM_DONE = "response.output_item.done";

export class OutputItems {
  readonly #items = new Map<number, string>();
  #chars = 0;
  #isDamaged = false;

  /** Whether an item could not be read. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  /** More than an answer may hold. */
  get isFull(): boolean {
    return this.#chars > MAX_COLLECTED_CHARS;
  }

  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  /** Takes the item of an event, and returns its index; ignores other events. */
  see({ type, data }: TurnEvent): number | undefined {
    if (type !== ITEM_DONE || this.isFull) return undefined;
    const bytes = encoder.encode(data);
    const scan = scanObject(bytes);
    if (!scan.ok) this.#isDamaged = true;
    const item = scan.ok ? memberOf(scan.value, "item") : undefined;
    const index = scan.ok ? memberOf(scan.value, "output_index") : undefined;
    if (!item || bytes[item.valueStart] !== OBJECT) return undefined;
    const told = index && numberIn(valueText(bytes, index));
    const at = told ?? this.#items.size;
    this.set(at, valueText(bytes, item));
    return at;
  }

  set(index: number, json: string): void {
    this.#chars += json.length - (this.#items.get(index)?.length ?? 0);
    this.#items.set(index, json);
  }

  /** The list of items as JSON, by `output_index`. */
  json(): string {
    const items = [...this.#items].toSorted(([a], [b]) => a - b);
    return `[${items.map(([, json]) => json).join(",")}]`;
  }
}

function numberIn(json: string): number | undefined {
  return /^\d{1,9}$/.test(json) ? parseInt(json, 10) : undefined;
}

const encoder = new TextEncoder();
const OBJECT = 0x7b;
