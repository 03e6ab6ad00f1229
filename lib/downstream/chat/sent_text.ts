/**
 * The text of one answer as far as it has been sent: where each message began,
 * and which summary came last.
 */
import {
  isObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import type { Place } from "./place.ts";

export class SentText {
  /** Where the text of each message with a delta begins, by its place. */
  readonly #starts = new Map<number | string, number>();
  #length = 0;
  #thought: string | undefined;

  /** Part of a message, as a delta. */
  says(place: Place, text: string): void {
    this.#note(place.output);
    this.#note(place.item);
    this.#length += text.length;
  }

  /** A refusal has no place in the text. */
  refuses(place: Place): void {
    this.says(place, "");
  }

  /** Where the text of this message begins; undefined: none has come. */
  startOf({ output, item }: Place): number | undefined {
    return this.#startAt(output) ?? this.#startAt(item);
  }

  /** The delta of a summary, after a blank line if another one came before. */
  thinks(event: JsonObject, text: string): string {
    const place = [
      stringField(event, "item_id"),
      numberField(event, "output_index"),
      numberField(event, "summary_index"),
      numberField(event, "content_index"),
    ].join();
    const isNext = this.#thought !== undefined && this.#thought !== place;
    this.#thought = place;
    return isNext ? `\n\n${text}` : text;
  }

  #note(key: number | string | undefined): void {
    if (key !== undefined && !this.#starts.has(key)) {
      this.#starts.set(key, this.#length);
    }
  }

  #startAt(key: number | string | undefined): number | undefined {
    return key === undefined ? undefined : this.#starts.get(key);
  }
}

/** The parts of a message item that have a text or a refusal. */
export function saidIn(item: JsonObject): readonly JsonObject[] {
  const content = item["content"];
  return Array.isArray(content) ? content.filter(isObject) : [];
}

/**
 * The citations of a message, in the chat form. `start`: where its text begins
 * in the answer's.
 */
export function citationsIn(
  item: JsonObject,
  start: number,
): readonly JsonObject[] {
  let at = start;
  return saidIn(item).flatMap((part) => {
    const list = part["annotations"];
    const offset = at;
    at += stringField(part, "text")?.length ?? 0;
    return Array.isArray(list)
      ? list.flatMap((one) => isObject(one) ? citation(one, offset) : [])
      : [];
  });
}

function citation(given: JsonObject, offset: number): readonly JsonObject[] {
  if (stringField(given, "type") !== "url_citation") return [];
  const from = objectField(given, "url_citation") ?? given;
  return [{
    type: "url_citation",
    url_citation: {
      start_index: offset + (numberField(from, "start_index") ?? 0),
      end_index: offset + (numberField(from, "end_index") ?? 0),
      url: stringField(from, "url") ?? "",
      title: stringField(from, "title") ?? "",
    },
  }];
}
