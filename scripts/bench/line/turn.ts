/** The answer to a turn, as the far end sends it. */

/** Of the request, in milliseconds from its head to its last byte. */
export const ARRIVAL = "x-bench-arrival-ms";

let turns = 0;

/**
 * Begins with text, behind which a gateway holds nothing back. With another id
 * each time: two ends of one response are one.
 */
export function turnEvents(): readonly string[] {
  const response = { id: `resp_${turns++}`, object: "response" };
  return [
    {
      type: "response.output_text.delta",
      item_id: "msg_bench",
      output_index: 0,
      content_index: 0,
      delta: "ok",
    },
    {
      type: "response.completed",
      response: { ...response, status: "completed" },
    },
  ].map((event) => JSON.stringify(event));
}
