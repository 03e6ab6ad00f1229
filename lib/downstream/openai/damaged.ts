/** An event of the answer that is not JSON: what it said is lost. */
import type { Interruption } from "./answer_writer.ts";

export const DAMAGED: Interruption = {
  code: "stream_interrupted",
  message: "The stream was interrupted: an event from upstream is damaged",
};
