/** A turn as server-sent events of the Responses API. */
import { eventBytes, formatEvent } from "../../protocol/sse.ts";
import {
  type Bytes,
  type Interruption,
  type StreamWriter,
  type TurnEvent,
} from "./answer_writer.ts";
import { NOTHING } from "../../protocol/slab.ts";
import { ResponsesEvents } from "./responses_events.ts";
import { interruptionError } from "./turn_error.ts";

export class ResponsesStream implements StreamWriter {
  readonly kind = "stream";
  readonly #events = new ResponsesEvents();

  get isFull(): boolean {
    return this.#events.isFull;
  }

  event(event: TurnEvent): Bytes {
    const next = this.#events.next(event);
    // Upstream may write an event's JSON in several lines.
    return next
      ? eventBytes(next.type, next.data.replaceAll("\n", "\ndata: "))
      : NOTHING;
  }

  /**
   * SDKs raise an `error` event as an error of their own: openai-node reads it as
   * the public API has it, openai-python and openai-go only its member `error`.
   */
  interrupted(why: Interruption): Bytes {
    const { error } = interruptionError(why);
    const { code, message, param } = error;
    return formatEvent("error", {
      type: "error",
      code,
      message,
      param,
      error,
      sequence_number: this.#events.nextNumber,
    });
  }
}
