/** Writes one server-sent event (WHATWG HTML, section 9.2.6). */

const encoder = new TextEncoder();

/** An event as its bytes. `type` must be one line; `data` is printed as JSON. */
export function formatEvent(
  type: string,
  data: unknown,
): Uint8Array<ArrayBuffer> {
  return encoder.encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
}
