/** Writes one server-sent event (WHATWG HTML, section 9.2.6). Sends nothing. */

const encoder = new TextEncoder();

/** The bytes of an event. `type` must be one line; `data` becomes JSON. */
export function formatEvent(
  type: string,
  data: unknown,
): Uint8Array<ArrayBuffer> {
  return encoder.encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
}
