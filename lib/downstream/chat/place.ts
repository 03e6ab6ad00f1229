/** Where in the output an event belongs. */
import {
  type JsonObject,
  numberField,
  stringField,
} from "../../protocol/json.ts";

/** By its number in the output, else by the id of its item. */
export interface Place {
  readonly output: number | undefined;
  readonly item: string | undefined;
}

/** `item`: the one that the event brings, if it does. */
export function placeOf(event: JsonObject, item?: JsonObject): Place {
  return {
    output: numberField(event, "output_index"),
    item: stringField(event, "item_id") ?? (item && stringField(item, "id")),
  };
}
